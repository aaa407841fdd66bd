#!/usr/bin/env bash
# Brings the platform in containers to this checkout's version: the schemas first, then one service after another.
source "$(dirname "$0")/containers.sh"
began=$SECONDS
jobs=(secrets certificates database topics principals "${services[@]/#/migrate-}")

require_up
say "Building the image of $version"
quietly "${compose[@]}" build
say "Migrating, while all goes on"
for job in "${jobs[@]}"; do
  quietly "${compose[@]}" run --rm -T --no-deps "$job"
done
for i in "${!services[@]}"; do
  say "Replacing ${services[i]}"
  quietly "${compose[@]}" up --detach --wait --no-deps "${scales[@]:2*i:2}" "${services[i]}"
done
say "Replacing what else has changed"
bring_up
say "Upgraded to $version, in $((SECONDS - began)) s."

#!/usr/bin/env bash
# Backs the platform up while it runs: the database as it is at one moment, and the secrets that belong to it.
#     backup.sh FOLDER [DATABASE]    makes FOLDER/<time>, and lets FOLDER/latest be that
source "$(dirname "$0")/../containers.sh"
began=$SECONDS
made_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
name=${made_at//:/-}
folder=$1/$name
partial=$folder.partial
files=(database.dump secrets.json manifest.json)

require_up
mkdir -p "$partial"
trap 'rm -rf "$partial"; fail "There is no backup: something went wrong."' EXIT

say "Backing up the database while all goes on"
postgres pg_dump --format=custom --lock-wait-timeout=60s --dbname="${2:-alumnibus}" </dev/null >"$partial/database.dump"

say "Reading it again, and adding the secrets that belong to it"
postgres pg_restore --data-only --table=migration --file=- <"$partial/database.dump" \
  | ours describe "$version" "$made_at" >"$partial/manifest.json"
ours pack </dev/null >"$partial/secrets.json"

# The checksums come last: where they are, all is.
(cd "$partial" && sha256sum "${files[@]}" >SHA256SUMS && sync "${files[@]}" SHA256SUMS)
mv "$partial" "$folder"
ln -sfn "$name" "$1/latest"
trap - EXIT
say "The backup is $folder: $(du -sh "$folder" | cut -f 1), $((SECONDS - began)) s. Whoever has it has everything: keep it away from here, encrypted."

# shellcheck shell=bash disable=SC2034,SC2154
# What an operator's scripts do with the containers of deploy/compose.yaml; COMPOSE is how compose is called.
set -euo pipefail
umask 077
read -ra compose <<<"${COMPOSE:-docker compose -f deploy/compose.yaml}"
services=(members events matching notifications)
version=$(git -C "$(dirname "${BASH_SOURCE[0]}")" describe --always --dirty 2>/dev/null || echo unknown)

say() { echo "$*"; }

fail() {
  echo "$*" >&2
  exit 1
}

# Its progress is no news; what goes wrong is.
quietly() {
  local told
  told=$("$@" 2>&1 </dev/null) || { echo "$told" | tail -n 20 >&2; return 1; }
}

# A command of PostgreSQL's own in its container, as its superuser.
postgres() {
  # shellcheck disable=SC2016 # the container's shell reads the password
  "${compose[@]}" exec -T postgres sh -c 'PGUSER=postgres PGPASSWORD=$(cat /run/secrets/password) exec "$@"' sh "$@"
}

# The rows that this finds, a line each.
query() { postgres psql --quiet --tuples-only --no-align --dbname=postgres --command="$1" </dev/null; }

# What the image knows of backups, without a network.
ours() { "${compose[@]}" run --rm -T --no-deps --quiet-pull backups "$@" 2> >(grep -v '^ *\(Container\|Network\|Volume\)' >&2); }

# A command of a service, with the service's settings and beside it.
of_service() { "${compose[@]}" run --rm -T --no-deps "$1" "services.$1" "${@:2}" </dev/null; }

require_up() {
  for server in postgres kafka; do
    "${compose[@]}" exec -T "$server" true </dev/null >/dev/null 2>&1 \
      || fail "The platform isn't up: give \`make up\`, and then this again."
  done
  count_containers
}

# Services keep their numbers of containers: where it isn't told, `up` makes one of each.
count_containers() {
  scales=()
  for service in "${services[@]}"; do
    running=$("${compose[@]}" ps --quiet "$service" | wc -l)
    scales+=(--scale "$service=$((running > 1 ? running : 1))")
  done
}

# Starts everything that is as it shouldn't be, and waits until all is healthy.
bring_up() { quietly "${compose[@]}" up --detach --wait "${scales[@]}"; }

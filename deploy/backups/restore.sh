#!/usr/bin/env bash
# Restores a backup, and does what the messages need after it. Until the services start, whatever goes wrong is undone.
#     restore.sh FOLDER    asks before it replaces anything, but with YES=1
source "$(dirname "$0")/../containers.sh"
began=$SECONDS
files=(database.dump secrets.json manifest.json)
replaced=alumnibus_replaced_$(date -u +%Y%m%d%H%M%S)

main() {
  [ -n "$1" ] || fail "Which backup? Give its folder: make restore FILE=backups/latest"
  [ -d "$1" ] || fail "There is no folder $1."
  backup=$(realpath "$1")
  kept=$(dirname "$backup")/$replaced.secrets.json
  exec 9<"$0"
  flock --nonblock 9 || fail "Another restore runs: wait until it has ended."
  require_whole
  require_up
  told=$(ours check <"$backup/manifest.json")
  say "This is a backup of $told"
  require_consent
  trap undo EXIT
  load_database
  stop_services
  replace_data
  recover_messages
  trap - EXIT
  start_services
}

require_whole() {
  [ -f "$backup/SHA256SUMS" ] || fail "This backup can't be taken. It is half: $backup has no SHA256SUMS, which is written last."
  for file in "${files[@]}"; do
    grep -q "  $file\$" "$backup/SHA256SUMS" || fail "This backup can't be taken. It is half: SHA256SUMS doesn't name $file."
  done
  (cd "$backup" && sha256sum --check --strict --quiet SHA256SUMS) >&2 \
    || fail "This backup can't be taken. It is broken: a file isn't what SHA256SUMS says."
}

require_consent() {
  [ "${YES:-}" != 1 ] || return 0
  [ -t 0 ] || fail "Nothing was changed: to replace the data without being asked, give YES=1."
  read -rp "Replace all data of the platform by it? What happened since then is undone. [yes/no] " answer
  [ "$answer" = yes ] || fail "Nothing was changed."
}

load_database() {
  say "Loading it beside the present data, while all goes on"
  quietly postgres dropdb --if-exists --force alumnibus_restoring
  postgres createdb --template=template0 alumnibus_restoring </dev/null
  postgres pg_restore --exit-on-error --dbname=alumnibus_restoring <"$backup/database.dump"
}

stop_services() {
  say "Stopping the services"
  stopped=$SECONDS
  quietly "${compose[@]}" stop "${services[@]}"
}

replace_data() {
  say "Putting it in the place of the present data, which is kept as $replaced"
  rename alumnibus "$replaced"
  rename alumnibus_restoring alumnibus
  ours pack </dev/null >"$kept"
  brought=$(ours bring <"$backup/secrets.json")
  [ -n "$brought" ] || { rm "$kept"; return 0; }
  say "Its secrets are another machine's: they replace those here, which are kept in $kept"
  renew_certificate
}

# The authority that partners trust is another one now.
renew_certificate() {
  quietly "${compose[@]}" run --rm -T --no-deps certificates
  quietly "${compose[@]}" restart kafka
  quietly "${compose[@]}" up --detach --wait --no-deps kafka
}

rename() {
  postgres psql --quiet --output=/dev/null --set=ON_ERROR_STOP=1 --dbname=postgres \
    --command="SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$1'" \
    --command="ALTER DATABASE $1 RENAME TO $2" </dev/null
}

recover_messages() {
  say "Telling the world what is true again"
  quietly "${compose[@]}" run --rm -T --no-deps database
  for_each_service migrate --restored
  for_each_service republish --restored
}

for_each_service() {
  local running=() failed=0
  for service in "${services[@]}"; do
    quietly of_service "$service" "$@" &
    running+=($!)
  done
  for process in "${running[@]}"; do
    wait "$process" || failed=1
  done
  return "$failed"
}

start_services() {
  say "Starting the services"
  bring_up || fail "The data is restored, but not all is well: see \`make ps\` and \`make logs\`."
  say "Restored to $told, in $((SECONDS - began)) s, for $((SECONDS - stopped)) s of which the services stood."
  say "Look at it, and at the mails that are held; \`make drop-replaced\` forgets what was replaced."
}

undo() {
  trap - EXIT
  say "That went wrong. Going back to the data that was there"
  if [ "$(query "SELECT count(*) FROM pg_database WHERE datname = '$replaced'")" = 1 ]; then
    quietly postgres dropdb --if-exists --force alumnibus
    rename "$replaced" alumnibus
  fi
  quietly postgres dropdb --if-exists --force alumnibus_restoring
  [ ! -s "$kept" ] || { ours bring <"$kept" >/dev/null && renew_certificate && rm "$kept"; }
  bring_up || fail "The data that was there is back, but not all is well: see \`make ps\` and \`make logs\`."
  fail "Nothing was changed: the platform runs with the data that was there."
}

main "${1:-}"

#!/usr/bin/env bash
# Drops the data that restores have replaced, and kept.
source "$(dirname "$0")/../containers.sh"
require_up
kept=$(query "SELECT datname FROM pg_database WHERE datname LIKE 'alumnibus\_replaced\_%' ORDER BY 1")
for database in $kept; do
  postgres dropdb --force "$database" </dev/null
  say "Dropped $database"
done
say "Nothing is kept of what restores have replaced."

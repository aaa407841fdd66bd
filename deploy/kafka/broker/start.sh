#!/usr/bin/env bash
# Prepares Kafka's storage at its first start, and becomes Kafka; arguments are Kafka's own (--override name=value).
set -euo pipefail
settings=/etc/alumnibus/server.properties
kafka=(java -Dlog4j2.configurationFile=/etc/alumnibus/log4j2.yaml -cp '/opt/kafka/libs/*')

if [ ! -e /var/lib/kafka/data/log/meta.properties ]; then
  cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)
  "${kafka[@]}" kafka.tools.StorageTool format --ignore-formatted --cluster-id="$cluster" --config "$settings"
fi
# shellcheck disable=SC2086 # options are several words
exec "${kafka[@]:0:1}" $KAFKA_HEAP_OPTS -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:-UsePerfData \
  "${kafka[@]:1}" kafka.Kafka "$settings" "$@"

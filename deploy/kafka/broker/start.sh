#!/usr/bin/env bash
# Prepares Kafka's storage and its first users at the first start, and becomes Kafka.
set -euo pipefail
settings=/etc/alumnibus/server.properties
data=/var/lib/kafka/data
kafka=(java -Dlog4j2.configurationFile=/etc/alumnibus/log4j2.yaml -cp '/opt/kafka/libs/*')

# `preparing` becomes `prepared` at the end, so that half a preparation is done again.
prepare_storage() {
  touch $data/preparing
  rm -rf $data/log
  # They are given in a file: a process's command line can be read by everybody on the machine.
  local arguments=/tmp/format-arguments
  (umask 077 && list_format_arguments >$arguments)
  "${kafka[@]}" kafka.tools.StorageTool format "@$arguments"
  rm $arguments
  mv $data/preparing $data/prepared
}

list_format_arguments() {
  echo "--cluster-id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)"
  echo "--config=$settings"
  echo "--add-scram=SCRAM-SHA-512=[name=admin,password=$(</run/secrets/kafka-admin/alumnibus_kafka_password)]"
  echo "--add-scram=SCRAM-SHA-512=[name=broker,password=$(</run/secrets/kafka/password)]"
}

if [ -e $data/log/meta.properties ] && [ ! -e $data/preparing ] && [ ! -e $data/prepared ]; then
  echo "Kafka's data here is of a version that asked for no password: delete its volume, and see \"Kafka lost its data\"."
  exit 1
fi
[ -e $data/prepared ] || prepare_storage
# shellcheck disable=SC2086 # options are several words
exec "${kafka[@]:0:1}" $KAFKA_HEAP_OPTS -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:-UsePerfData \
  "${kafka[@]:1}" kafka.Kafka "$settings"

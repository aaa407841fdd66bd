"""Nobody uses Kafka without a password of his own, and a partner's systems read what is theirs, from outside."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from confluent_kafka import Consumer, KafkaException
from confluent_kafka import KafkaError as Refusal

from deploy.kafka.client_files import LIBRDKAFKA
from deploy.kafka.cluster import open_cluster
from deploy.kafka.grants import SERVICES, list_service_grants
from shared.contracts.catalogue import TOPICS, outbound
from shared.messaging.kafka import Kafka
from tests.compose.stack import Stack

pytestmark = pytest.mark.compose
PARTNER = "giz"
TRIED_INSIDE = """
import asyncio, json
from dataclasses import replace
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from shared.messaging.kafka import Kafka
from shared.runtime.settings import BrokerSettings

async def is_let_in(kafka):
    client = AIOKafkaAdminClient(**kafka.client_options)
    try:
        await client.start()
        return True
    except KafkaError:
        return False
    finally:
        await client.close()

async def main():
    own = BrokerSettings().broker
    tried = {
        "itself": own,
        "nobody": Kafka(own.servers),
        "itself with another password": replace(own, password="guessed"),
        "another service": replace(own, user="matching"),
        "the administrator": replace(own, user="admin"),
        "the brokers": replace(own, user="broker"),
        "nobody, at the controller": Kafka("kafka:9093"),
    }
    print(json.dumps([name for name, kafka in tried.items() if await is_let_in(kafka)]))

asyncio.run(main())
"""


async def is_let_in(kafka: Kafka) -> bool:
    """Whether a client gets as far as being answered."""
    client = AIOKafkaAdminClient(**kafka.client_options)
    try:
        await client.start()
    except KafkaError:
        return False
    finally:
        await client.close()
    return True


def test_a_service_signs_in_as_itself_alone(stack: Stack) -> None:
    assert json.loads(stack.inside("events", "python", "-c", TRIED_INSIDE)) == ["itself"]


def test_outside_nobody_comes_in_without_a_password(stack: Stack) -> None:
    tried: Mapping[str, Kafka] = {
        "the administrator": stack.kafka,
        "with another password": replace(stack.kafka, password="guessed"),
        "nobody": replace(stack.kafka, user="", password=""),
        "without TLS": replace(stack.kafka, ca=""),
    }
    assert [name for name, kafka in tried.items() if asyncio.run(is_let_in(kafka))] == ["the administrator"]


def test_each_service_may_do_what_the_catalogue_says(stack: Stack) -> None:
    with open_cluster(stack.kafka) as cluster:
        granted = {service: cluster.list_grants(service) for service in SERVICES}
    assert granted == {service: set(list_service_grants(service)) for service in SERVICES}


def test_a_partner_sees_its_topics_with_the_files_it_was_given_until_it_is_revoked(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stack.admit_partner(PARTNER)
    monkeypatch.chdir(folder)
    public = {topic.name for topic in TOPICS if topic.audience == "public"}
    assert set(list_topics(folder)) == public | {outbound(PARTNER).name}
    assert PARTNER in stack.compose("run", "--rm", "-T", "partners", "list")
    stack.compose("run", "--rm", "-T", "partners", "revoke", PARTNER)
    with pytest.raises(KafkaException):
        list_topics(folder)


def list_topics(folder: Path) -> list[str]:
    """What a client that isn't ours is shown; raises KafkaException with the reason for which it isn't let in."""
    reasons: list[Refusal] = []
    lines = (folder / LIBRDKAFKA).read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines) | {"group.id": f"{PARTNER}.tried"}
    consumer = Consumer({**settings, "error_cb": reasons.append})
    try:
        return list(consumer.list_topics(timeout=5).topics)
    except KafkaException:
        consumer.poll(0)
        assert Refusal._AUTHENTICATION in [reason.code() for reason in reasons]
        raise
    finally:
        consumer.close()

"""Each service may do what the catalogue says, and nothing else: asked of the brokers, and tried."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from confluent_kafka import Consumer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError, KafkaError
from kafka.protocol.consumer import FetchRequest

from deploy.kafka.cluster import open_cluster
from deploy.kafka.failures import ClusterUnusable
from deploy.kafka.grants import SERVICES, Grant, list_service_grants
from deploy.kafka.principals import admit_services
from deploy.local.home import CHECKOUT
from services.events.app import DEFINITION as EVENTS
from services.matching.app import DEFINITION as MATCHING
from services.members.app import DEFINITION as MEMBERS
from services.notifications.app import DEFINITION as NOTIFICATIONS
from shared.contracts.catalogue import TOPICS, Topic
from shared.messaging.kafka import Kafka
from shared.messaging.missing_topics import TopicForbidden, require_topics
from shared.messaging.relay.producer import OutgoingRecord, PageProducer
from shared.runtime.settings import build_environment
from tests.conftest import SecuredKafka
from tests.deploy.kafka.conftest import ALL_TOPICS, GROUPS, PREFIX, sign_in

READ, WRITE = {"READ", "DESCRIBE"}, {"WRITE", "DESCRIBE"}
REFUSED = TopicAuthorizationFailedError.errno
REFUSAL = re.compile("authoriz|permission", re.IGNORECASE)
FETCH = FetchRequest.FetchTopic.FetchPartition


def may(service: str, topic: Topic) -> set[str]:
    """The operations that a service needs on a topic."""
    reads = service in topic.readers or (service == topic.owner and topic.audience != "organisation")
    return (READ if reads else set()) | (WRITE if service == topic.owner else set())


def test_the_catalogue_names_as_readers_the_services_that_consume_a_topic() -> None:
    consumed = {each.name: set(each.routes) for each in (MEMBERS, EVENTS, MATCHING, NOTIFICATIONS)}

    assert consumed == {
        service: {topic for topic in TOPICS if service in topic.readers} for service in SERVICES
    }


@contextmanager
def asking_as(kafka: Kafka) -> Iterator[KafkaAdminClient]:
    """A client that asks everything that an administrator may."""
    client = KafkaAdminClient(**kafka.client_options)
    try:
        yield client
    finally:
        client.close()


@pytest.mark.parametrize("service", SERVICES)
def test_the_brokers_allow_a_service_what_it_needs_and_nothing_else(
    administrator: Kafka, service: str
) -> None:
    names = [administrator.topic_name(topic.name) for topic in ALL_TOPICS]
    with asking_as(sign_in(administrator, service)) as client:
        topics = {
            each["name"]: set(each["authorized_operations"] or ()) for each in client.describe_topics(names)
        }
        allowed = {group: list_operations(client, group) for group in GROUPS}
        cluster = client.describe_cluster()["authorized_operations"]

    assert topics == {administrator.topic_name(topic.name): may(service, topic) for topic in ALL_TOPICS}
    assert allowed == {group: READ if group == f"{PREFIX}{service}" else set() for group in GROUPS}
    assert cluster == []


def list_operations(client: KafkaAdminClient, group: str) -> set[str]:
    with suppress(GroupAuthorizationFailedError):
        return set(client.describe_groups([group])[group]["authorized_operations"] or ())
    return set()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_writes_its_own_topics_as_its_relay_does_and_no_others(
    administrator: Kafka, service: str
) -> None:
    kafka, written = sign_in(administrator, service), set()
    own = [topic for topic in ALL_TOPICS if topic.owner == service]
    relay = PageProducer(kafka)
    await relay.send_page([OutgoingRecord(kafka.topic_name(t.name), b"key", b"{}", [], 0) for t in own])
    await relay.close()
    async with AIOKafkaProducer(**kafka.client_options, acks="all") as producer:
        for topic in ALL_TOPICS:
            with suppress(TopicAuthorizationFailedError):
                await producer.send_and_wait(kafka.topic_name(topic.name), b"{}", b"key")
                written.add(topic)

    assert written == set(own)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_fetches_what_it_may_and_nothing_else(administrator: Kafka, service: str) -> None:
    places = [
        (administrator.topic_name(topic.name), [FETCH(partition=0, partition_max_bytes=1)])
        for topic in ALL_TOPICS
    ]
    request = FetchRequest(topics=places, max_bytes=1, min_bytes=0, max_wait_ms=0, max_version=12)
    with asking_as(sign_in(administrator, service)) as client:
        answer = client._manager.run(client._manager.send, request)
    fetched = {topic.topic for topic in answer.responses if topic.partitions[0].error_code == 0}
    refused = {topic.topic for topic in answer.responses if topic.partitions[0].error_code == REFUSED}

    readable = {administrator.topic_name(topic.name) for topic in ALL_TOPICS if "READ" in may(service, topic)}
    assert fetched == readable
    assert refused == {administrator.topic_name(topic.name) for topic in ALL_TOPICS} - readable


async def test_a_topic_that_a_service_may_not_use_is_named(administrator: Kafka) -> None:
    name = administrator.topic_name("events.registration.v1")
    with pytest.raises(TopicForbidden, match=f"^topic {name} may not be used$"):
        await require_topics(sign_in(administrator, "matching"), [name])


def test_no_service_takes_part_in_another_ones_group(administrator: Kafka) -> None:
    kafka = sign_in(administrator, "events")
    consumer = Consumer(
        {
            "bootstrap.servers": kafka.servers,
            "security.protocol": kafka.security_protocol,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": kafka.user,
            "sasl.password": kafka.password,
            "group.id": f"{PREFIX}notifications",
        }
    )
    consumer.subscribe([administrator.topic_name("members.profile.v1")])
    message = consumer.poll(20)
    consumer.close()

    error = message.error() if message else None
    assert error is not None
    assert error.name() == "GROUP_AUTHORIZATION_FAILED"


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_changes_topics_users_or_what_anybody_may(administrator: Kafka, service: str) -> None:
    names = [administrator.topic_name(topic.name) for topic in ALL_TOPICS]
    user, guessed = f"{PREFIX}{service}", Grant(f"{PREFIX}{service}", "read", "topic", names[0])
    kafka = sign_in(administrator, service)
    with asking_as(kafka) as client, open_cluster(kafka) as cluster:
        tried: dict[str, Callable[[], Any]] = {
            **{f"delete {name}": partial(client.delete_topics, [name]) for name in names},
            **{f"widen {name}": partial(client.create_partitions, {name: 9}) for name in names},
            **{f"set {name}": partial(change_settings, client, name) for name in names},
            "create": partial(client.create_topics, [f"{user}.new.v1"]),
            "set passwords": partial(cluster.set_passwords, {"admin": "guessed"}),
            "remove passwords": partial(cluster.remove_passwords, ["admin"]),
            "list grants": partial(cluster.list_grants, user),
            "add grants": partial(cluster.add_grants, [guessed]),
            "set quotas": partial(cluster.set_quotas, user, {"request_percentage": 1000.0}),
        }
        answers = {what: try_change(change) for what, change in tried.items()}

    assert {what: answer for what, answer in answers.items() if not REFUSAL.search(answer)} == {}


def change_settings(client: KafkaAdminClient, name: str) -> None:
    wanted = ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "1"})
    answer = client.alter_configs([wanted], raise_on_unknown=False)["topic"][name]
    if answer != "OK":
        raise ClusterUnusable(answer)


def try_change(change: Callable[[], Any]) -> str:
    """How it was refused."""
    try:
        return f"allowed: {change()}"
    except (ClusterUnusable, KafkaError) as error:
        return f"{type(error).__name__} {error}"


def test_what_the_catalogue_gives_no_more_is_taken(administrator: Kafka) -> None:
    more = Grant(f"{PREFIX}former", "read", "topic", f"{PREFIX}members.profile.v1")
    with open_cluster(administrator) as cluster:
        events = sorted(list_service_grants("events", PREFIX))
        cluster.add_grants([replace(more, user=events[0].user, operation="write")])
        admit_services(cluster, {"events": "events secret"}, PREFIX)

        assert sorted(cluster.list_grants(events[0].user)) == events


def test_no_log_no_command_line_and_no_text_shows_a_password(secured: SecuredKafka) -> None:
    logs = "".join(path.read_text("utf-8", "replace") for path in secured.logs.glob("*.log"))
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    brokers = [line for line in lines if str(secured.logs.parent).encode() in line]

    assert "SCRAM-SHA-512" in logs
    assert secured.admin.password not in logs
    assert brokers
    assert not any(secured.admin.password.encode() in line for line in brokers)
    assert secured.admin.password not in repr(secured.admin)


def test_the_command_says_in_a_sentence_what_an_operator_can_mend(
    administrator: Kafka, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "deploy.kafka.principals", "--passwords", str(tmp_path))
    environment = os.environ | build_environment(administrator)
    lacking = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    for service in SERVICES:
        (tmp_path / f"kafka-{service}").write_text(f"{service} secret")
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)

    assert lacking.returncode == 1
    assert lacking.stderr == f"{tmp_path / 'kafka-events'} can't be used: No such file or directory.\n"
    assert (done.returncode, done.stdout) == (0, "4 services may sign in\n")

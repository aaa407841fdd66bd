"""A network with all its topics and users, on a Kafka that lets nobody do what wasn't granted."""

from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.kafka.cluster import open_cluster
from deploy.kafka.grants import SERVICES
from deploy.kafka.principals import admit_services
from deploy.kafka.topics import create_topics
from shared.contracts.catalogue import OFFER, TOPICS, outbound
from shared.messaging.kafka import Kafka
from tests.conftest import SecuredKafka

PREFIX = "network."
PARTNER = "giz"
GROUPS = tuple(f"{PREFIX}{each}" for each in (*SERVICES, "giz.portal"))
ALL_TOPICS = (*TOPICS, outbound(PARTNER))


@pytest.fixture(scope="module")
async def administrator(secured: SecuredKafka) -> Kafka:
    """The network, with its topics and its services admitted."""
    kafka = replace(secured.admin, prefix=PREFIX)
    await create_topics(kafka, ALL_TOPICS, partitions=1)
    place = TopicPartition(kafka.topic_name(OFFER.name), 0)
    for group in GROUPS:
        async with AIOKafkaConsumer(
            **kafka.client_options, group_id=group, enable_auto_commit=False
        ) as member:
            member.assign([place])
            await member.commit({place: 0})
    with open_cluster(kafka) as cluster:
        admit_services(cluster, {service: f"{service} secret" for service in SERVICES}, PREFIX)
    return kafka


def sign_in(administrator: Kafka, service: str) -> Kafka:
    """Kafka as this service reaches it."""
    return replace(administrator, user=f"{PREFIX}{service}", password=f"{service} secret")

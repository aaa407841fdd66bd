"""Creates the topics of the catalogue on the brokers that ALUMNIBUS_KAFKA names.

python -m deploy.kafka.topics --partner giz
"""

import argparse
import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deploy.kafka.failures import failure_sentences
from shared.contracts.catalogue import TOPICS, Topic, outbound
from shared.messaging.kafka import Kafka
from shared.runtime.settings import BrokerSettings

PATIENCE_SECONDS = 60


async def create_topics(
    kafka: Kafka, topics: Sequence[Topic], *, partitions: int | None = None, replication: int = 1
) -> list[str]:
    """Create the topics that are missing and wait until each partition has a leader; returns the new names, as on the
    broker.

    `partitions` overrides the catalogue's number. Raises aiokafka's KafkaError, and TimeoutError after a minute.
    """
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            wanted = [
                NewTopic(
                    kafka.topic_name(topic.name),
                    num_partitions=partitions or topic.partitions,
                    replication_factor=replication,
                    topic_configs=topic.settings,
                )
                for topic in topics
            ]
            answer = await admin.create_topics(wanted)
            created = [name for name, code, *_ in answer.topic_errors if _was_created(name, code)]
            while not await _have_leaders(admin, [topic.name for topic in wanted]):
                await asyncio.sleep(0.05)
            return created
    finally:
        await admin.close()


def _was_created(name: str, code: int) -> bool:
    error = for_code(code)
    if code and error is not TopicAlreadyExistsError:
        raise error(name)
    return code == 0


async def _have_leaders(admin: AIOKafkaAdminClient, names: Sequence[str]) -> bool:
    described = await admin.describe_topics(list(names))
    return all(
        topic["error_code"] == 0
        and topic["partitions"]
        and all(
            partition["error_code"] == 0 and partition["leader"] >= 0 for partition in topic["partitions"]
        )
        for topic in described
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Create the topics of the catalogue.")
    parser.add_argument("--replication", type=int, default=1)
    parser.add_argument(
        "--partner", action="append", default=[], help="organisations with systems of their own, with commas"
    )
    given = parser.parse_args()
    partners = dict.fromkeys(slug for slugs in given.partner for slug in slugs.split(",") if slug)
    topics = [*TOPICS, *map(outbound, partners)]
    with failure_sentences():
        kafka = BrokerSettings().broker
        created = asyncio.run(create_topics(kafka, topics, replication=given.replication))
    print(f"{len(created)} topics created, {len(topics) - len(created)} were there")  # noqa: T201


if __name__ == "__main__":
    main()

"""After a restore: all state is published again, and what has no row any more is withdrawn by tombstones."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Literal, TypeAlias

from structlog.contextvars import bound_contextvars

from shared.contracts.catalogue import Topic
from shared.messaging.consumer import positions
from shared.messaging.kafka import Kafka
from shared.operations.live_keys import read_live_keys, write_tombstones
from shared.operations.republish import republish_states
from shared.operations.topic_reader import find_bounds, open_reader
from shared.postgres.pool import Pool, transaction
from shared.runtime.service import Definition

Step: TypeAlias = Literal["read", "wrote", "withdrew"]
Say: TypeAlias = Callable[[tuple[Step, Counter[str]]], None]


async def recover_topics(
    pool: Pool, kafka: Kafka, service: Definition, topics: Collection[Topic], say: Say
) -> list[str]:
    """Publish on these topics again; the service must be stopped. Returns what was done, in sentences, and `say`s it.

    What is on the topics is read first: whatever has a row stays. To do it again repeats
    messages and nothing else. Raises `SameGeneration`, KafkaError; then nothing was written.
    """
    states = [topic for topic in topics if topic.kind == "state"]
    unpublished = await read_live_keys(pool, kafka, states, lambda read: say(("read", read)))
    await _end_history(pool, kafka, service)
    with bound_contextvars(restored="1"):
        done = [await service.after_restore(pool)] if service.after_restore else []
        written = await republish_states(
            pool, service.published(), topics, lambda written: say(("wrote", written)), unpublished
        )
        withdrawn = await write_tombstones(pool, unpublished, lambda withdrawn: say(("withdrew", withdrawn)))
    return [
        *done,
        f"wrote {written.total():,} messages for the relay to send ({format_counts(written)})",
        f"withdrew {withdrawn.total():,} that have no row any more ({format_counts(withdrawn)})",
    ]


async def _end_history(pool: Pool, kafka: Kafka, service: Definition) -> None:
    """Whatever is on the topics now, the service may have applied before its database was restored."""
    async with open_reader(kafka) as reader:
        beginnings, ends = await find_bounds(
            reader, [kafka.topic_name(topic.name) for topic in service.routes]
        )
    async with transaction(pool) as tx:
        await positions.set_history(tx, service.name, beginnings, ends)


def format_counts(counted: Counter[str]) -> str:
    """How many by topic, in words."""
    return ", ".join(f"{topic} {messages:,}" for topic, messages in sorted(counted.items())) or "no topics"

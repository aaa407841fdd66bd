"""The keys that live on a service's own state topics; after a restore, tombstones for those without a row."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import TypeAlias

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import Topic
from shared.messaging import outbox
from shared.messaging.claims import RefusedRecord, check_sequence
from shared.messaging.kafka import Kafka
from shared.messaging.outbox import Outgoing
from shared.operations.topic_reader import open_reader, read_topic
from shared.postgres.pool import Pool, transaction

PAGE = 500

LiveKeys: TypeAlias = dict[Topic, set[str]]


class SameGeneration(Exception):
    """What is on the topics is as new as what this database would publish: it has not begun a new generation, or
    has sent messages of it already."""


async def read_live_keys(
    pool: Pool, kafka: Kafka, topics: Collection[Topic], say: Callable[[Counter[str]], None]
) -> LiveKeys:
    """The keys of each topic whose last record isn't a tombstone; `say`s how many records were read so far.

    All keys are held in memory, some 250 bytes each. Raises `SameGeneration`, KafkaError.
    """
    async with transaction(pool) as tx:
        newest = await tx.fetchval(f"SELECT number * {outbox.GENERATION} FROM generation")
    live: LiveKeys = {topic: set() for topic in topics}
    read = Counter({topic.name: 0 for topic in topics})
    async with open_reader(kafka) as reader:
        for topic, keys in live.items():
            async for found in read_topic(reader, kafka.topic_name(topic.name)):
                for record in found:
                    _track_key(topic, keys, record, newest)
                read[topic.name] += len(found)
                say(read)
    return live


async def write_tombstones(pool: Pool, live: LiveKeys, say: Callable[[Counter[str]], None]) -> Counter[str]:
    """Write a tombstone for each of these keys to the outbox; returns how many by topic, and `say`s it so far.

    Its version is 0 in this generation: newer than all that was sent before, older than what comes of the key later.
    """
    written = Counter({topic.name: 0 for topic in live})
    for topic, keys in live.items():
        ordered = sorted(keys)
        for start in range(0, len(ordered), PAGE):
            page = [Outgoing(topic, key, topic.gone, 0, None) for key in ordered[start : start + PAGE]]
            async with transaction(pool) as tx:
                await outbox.put_all(tx, page)
            written[topic.name] += len(page)
            say(written)
    return written


def _track_key(topic: Topic, keys: set[str], record: "ConsumerRecord[bytes, bytes]", newest: int) -> None:
    match _parse_key(topic, record):
        case None:
            return
        case _, sequence if sequence >= newest:
            raise SameGeneration
        case key, _ if record.value is None:
            keys.discard(key)
        case key, _:
            keys.add(key)


def _parse_key(topic: Topic, record: "ConsumerRecord[bytes, bytes]") -> tuple[str, int] | None:
    """The key and the sequence, -1 for one that every consumer refuses: it says nothing of the generation. None for a
    record that no relay wrote, and that no consumer can read."""
    headers = dict(record.headers)
    try:
        key, sequence = (record.key or b"").decode(), int(headers["ce_sequence"])
        check_sequence(topic, sequence, gone=record.value is None)
    except (KeyError, TypeError, ValueError):
        return None
    except RefusedRecord:
        return key, -1
    return key, sequence if headers.get("ce_source") == topic.source.encode() else -1

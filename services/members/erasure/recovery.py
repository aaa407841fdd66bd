"""After a restore of members: orders that were given since the backup, and orders to erase who joined since."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from aiokafka import ConsumerRecord

from services.members.erasure import erasure
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import ERASURE, PROFILE
from shared.contracts.members import Erasure
from shared.messaging.consumer.batch import parse_record
from shared.messaging.kafka import Kafka
from shared.operations.live_keys import PAGE, read_live_keys
from shared.operations.topic_reader import open_reader, read_topic
from shared.postgres.pool import Pool, transaction


async def repeat_erasure_orders(pool: Pool, kafka: Kafka, audience_ids: AudienceIds) -> str:
    """Erase again who is there though the topic has an order, remember all orders that are on it, and have everybody
    erased whose profile is on its topic without a row here; returns a sentence with the numbers.

    The topic keeps orders for a year; what members can't have sent is no order. Raises KafkaError.
    """
    read = given = 0
    async with open_reader(kafka) as reader:
        async for found in read_topic(reader, kafka.topic_name(ERASURE.name)):
            orders = list(_parse_orders(found))
            read += len(orders)
            async with transaction(pool) as tx:
                given += await erasure.repeat_erasures(tx, audience_ids, orders)
    undone = await _erase_undone(pool, kafka)
    return f"gave {given:,} of {read:,} orders to erase again, and {undone:,} to erase who joined since the backup"


def _parse_orders(found: "Sequence[ConsumerRecord[bytes, bytes]]") -> Iterator[Erasure]:
    for record in found:
        order = parse_record(ERASURE, record).message
        if order is not None and order.data is not None:
            yield order.data


async def _erase_undone(pool: Pool, kafka: Kafka) -> int:
    """An order outlives Kafka, and is reported; a tombstone alone isn't."""
    live = await read_live_keys(pool, kafka, [PROFILE], lambda _: None)
    members, undone = sorted(filter(None, map(_parse_member, live[PROFILE]))), 0
    for start in range(0, len(members), PAGE):
        async with transaction(pool) as tx:
            undone += await erasure.note_undone(tx, members[start : start + PAGE])
    return undone


def _parse_member(key: str) -> UUID | None:
    """None for a key that members can't have sent."""
    try:
        return UUID(key)
    except ValueError:
        return None

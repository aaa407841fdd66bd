"""After a restore of members: orders that were given since the backup, and orders to erase who joined since."""

from uuid import UUID

from services.members.erasure import erasure
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import ERASURE, PROFILE
from shared.messaging.kafka import Kafka
from shared.operations.live_keys import PAGE, read_live_keys
from shared.operations.topic_reader import open_reader, read_topic
from shared.postgres.pool import Pool, transaction


async def repeat_erasure_orders(pool: Pool, kafka: Kafka, audience_ids: AudienceIds) -> str:
    """Erase again who is there though the topic has an order, remember all orders that are on it, and have everybody
    erased whose profile is on its topic without a row here; returns a sentence with the numbers.

    The topic keeps orders for a year. Raises KafkaError, and ValueError for a key that is no member's id.
    """
    read = given = 0
    async with open_reader(kafka) as reader:
        async for found in read_topic(reader, kafka.topic_name(ERASURE.name)):
            read += len(found)
            async with transaction(pool) as tx:
                members = [UUID((record.key or b"").decode()) for record in found]
                given += await erasure.repeat_erasures(tx, audience_ids, members)
    undone = await _erase_undone(pool, kafka)
    return f"gave {given:,} of {read:,} orders to erase again, and {undone:,} to erase who joined since the backup"


async def _erase_undone(pool: Pool, kafka: Kafka) -> int:
    """An order outlives Kafka, and is reported; a tombstone alone isn't."""
    live = await read_live_keys(pool, kafka, [PROFILE], lambda _: None)
    keys, undone = sorted(live[PROFILE]), 0
    for start in range(0, len(keys), PAGE):
        async with transaction(pool) as tx:
            undone += await erasure.note_undone(tx, [UUID(key) for key in keys[start : start + PAGE]])
    return undone

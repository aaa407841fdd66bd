"""After a restore of members: the orders to erase that were given since the backup are given again."""

from uuid import UUID

from services.members.erasure import erasure
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import ERASURE
from shared.messaging.kafka import Kafka
from shared.operations.topic_reader import open_reader, read_topic
from shared.postgres.pool import Pool, transaction


async def repeat_erasure_orders(pool: Pool, kafka: Kafka, audience_ids: AudienceIds) -> str:
    """Erase again who is there though the topic has an order, and remember all orders that are on it; returns a
    sentence with the numbers.

    The topic keeps orders for a year. Raises KafkaError, and ValueError for a key that is no member's id.
    """
    read = given = 0
    async with open_reader(kafka) as reader:
        async for found in read_topic(reader, kafka.topic_name(ERASURE.name)):
            read += len(found)
            async with transaction(pool) as tx:
                members = [UUID((record.key or b"").decode()) for record in found]
                given += await erasure.repeat_erasures(tx, audience_ids, members)
    return f"gave {given:,} of {read:,} orders to erase again"

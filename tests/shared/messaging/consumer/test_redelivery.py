"""What comes again has no second effect: from Kafka, from the relay, past midnight, after a rebuilt group."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.kafka import Kafka
from shared.messaging.message_ids import first_uuid
from shared.postgres.pool import Pool
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.shared.toy.partner import PARTITIONS, raised, write
from tests.shared.toy.parts import SCHEMA, consumed, consuming, count_up, effects, relaying, took_effect
from tests.shared.toy.tallies import TALLY

ONCE = {"a": [1, 2, 3], "b": [1, 2]}


async def hint(kafka: Kafka, offset: int) -> None:
    """Set the group's offsets in Kafka, as an operator's tool would."""
    consumer = AIOKafkaConsumer(
        **kafka.client_options, group_id=kafka.topic_name(SCHEMA), enable_auto_commit=False
    )
    await consumer.start()
    places = [TopicPartition(kafka.topic_name(TALLY.name), n) for n in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.commit(dict.fromkeys(places, offset))
    await consumer.stop()


async def carry(dsn: str, pool: Pool, corner: Kafka) -> None:
    """Carry `ONCE` through the topic, and stop."""
    async with relaying(dsn, corner), consuming(pool, corner):
        await count_up(pool, "a", 3)
        await count_up(pool, "b", 2)
        await took_effect(pool, ONCE)


async def test_offsets_set_back_in_kafka_repeat_nothing(dsn: str, pool: Pool, corner: Kafka) -> None:
    await carry(dsn, pool, corner)
    await hint(corner, 0)

    async with relaying(dsn, corner), consuming(pool, corner):
        await count_up(pool, "b")
        await took_effect(pool, {**ONCE, "b": [1, 2, 3]})


async def test_offsets_set_forward_in_kafka_skip_nothing(dsn: str, pool: Pool, corner: Kafka) -> None:
    await carry(dsn, pool, corner)
    async with relaying(dsn, corner):
        await count_up(pool, "a", 2)
        await written(corner, 7)
    await hint(corner, 7)

    async with consuming(pool, corner):
        await took_effect(pool, {**ONCE, "a": [1, 2, 3, 4, 5]})


async def test_a_page_that_the_relay_sends_again_has_no_second_effect(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    seen = await pool.fetchval("SELECT seen::text FROM relay")
    await carry(dsn, pool, corner)
    await pool.execute("UPDATE relay SET seen = $1::text::pg_snapshot, upto = NULL, last_id = 0", seen)

    async with relaying(dsn, corner), consuming(pool, corner):
        await consumed(pool, 10)

    assert len(await read_records(corner, TALLY.name)) == 10
    assert await effects(pool) == ONCE


async def test_a_consumer_that_reads_from_the_beginning_again_repeats_nothing(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    await carry(dsn, pool, corner)
    await pool.execute("DELETE FROM position")

    async with consuming(pool, corner):
        await consumed(pool, 5)

    assert await effects(pool) == ONCE


async def test_a_repeat_past_midnight_has_no_second_effect(pool: Pool, corner: Kafka) -> None:
    midnight = datetime.combine(datetime.now(UTC).date(), time.min, UTC)
    late = UUID(int=first_uuid(midnight - timedelta(milliseconds=1)).int | 7 << 76 | 1 << 63)

    async with consuming(pool, corner):
        await write(corner, [raised("a", 1, id=late), raised("a", 2)])
        await took_effect(pool, {"a": [1, 2]})
        await write(corner, [raised("a", 1, id=late), raised("a", 3)])
        await took_effect(pool, {"a": [1, 2, 3]})

    yesterday = midnight - timedelta(days=1)
    kept = await pool.fetch(f"SELECT message_id FROM inbox_{yesterday:%Y%m%d}")
    assert [row["message_id"] for row in kept] == [late]


async def written(kafka: Kafka, count: int) -> None:
    """Wait until so many records are in the topic."""

    async def there() -> bool:
        return len(await read_records(kafka, TALLY.name)) >= count

    await eventually(there)

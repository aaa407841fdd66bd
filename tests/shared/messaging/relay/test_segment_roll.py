"""On the topics of persons each partition gets a record twice a day, so that what is erased leaves the disk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from shared.messaging.kafka import Kafka
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Pool
from shared.runtime.process import running_task
from shared.testing.kafka import MakeTopics, read_records
from shared.testing.waiting import eventually
from tests.shared.toy.partner import PARTITIONS
from tests.shared.toy.parts import SCHEMA, consumed, consuming, count_up, effects, took_effect
from tests.shared.toy.tallies import TALLY

PERSON = replace(TALLY, personal=True)


@asynccontextmanager
async def relaying(dsn: str, kafka: Kafka) -> AsyncIterator[None]:
    async with running_task(Relay(dsn, SCHEMA, kafka, [PERSON], origin="http://localhost").run()):
        yield


async def rolled(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT at > now() - interval '1 minute' FROM segment_roll"))


async def test_each_partition_gets_a_record_and_half_a_day_later_another(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    async with relaying(dsn, corner):
        await eventually(lambda: rolled(pool))
    assert {record.partition for record in await read_records(corner, TALLY.name)} == set(range(PARTITIONS))
    await pool.execute("UPDATE segment_roll SET at = at - interval '13 hours'")

    async with relaying(dsn, corner):
        await eventually(lambda: rolled(pool))

    found = await read_records(corner, TALLY.name)
    assert len(found) == 2 * PARTITIONS
    assert len({record.key for record in found}) == PARTITIONS
    assert all(record.value is None for record in found)


async def test_a_consumer_passes_over_them(dsn: str, pool: Pool, corner: Kafka) -> None:
    async with relaying(dsn, corner), consuming(pool, corner):
        await eventually(lambda: rolled(pool))
        await count_up(pool, "a", 2)
        await took_effect(pool, {"a": [1, 2]})
        await consumed(pool, PARTITIONS + 2)

    assert await effects(pool) == {"a": [1, 2]}
    assert await pool.fetchval("SELECT count(*) FROM parked_key") == 0


async def test_a_topic_without_persons_gets_none(
    dsn: str, pool: Pool, corner: Kafka, make_topics: MakeTopics
) -> None:
    async with running_task(Relay(dsn, SCHEMA, corner, origin="http://localhost").run()):
        await count_up(pool, "a")
        await eventually(lambda: arrived(corner))

    assert [record.key for record in await read_records(corner, TALLY.name)] == [b"a"]


async def arrived(kafka: Kafka) -> bool:
    return bool(await read_records(kafka, TALLY.name))


async def test_a_topic_that_is_missing_holds_up_no_message(dsn: str, pool: Pool, corner: Kafka) -> None:
    missing = replace(PERSON, name="toy.missing.v1")
    async with running_task(Relay(dsn, SCHEMA, corner, [missing], origin="http://localhost").run()):
        await count_up(pool, "a")
        await eventually(lambda: arrived(corner), seconds=60)
        await eventually(lambda: postponed(pool), seconds=60)


async def postponed(pool: Pool) -> bool:
    return bool(
        await pool.fetchval("SELECT at > '-infinity' AND at < now() - interval '11 hours' FROM segment_roll")
    )

"""The outbox takes what can go out, in order, and only with the transaction that wrote it."""

import json

import asyncpg
import pytest

from shared.messaging import erasure, outbox
from shared.messaging.kafka import Kafka
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Pool, transaction
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.shared.toy.parts import count_up, relaying
from tests.shared.toy.processes import start
from tests.shared.toy.tallies import TALLY, Tally

MOST_BYTES = 900_000


def tally(version: int, padding: str = "") -> Outgoing:
    return Outgoing(TALLY, "a", "TallyRaised", version, Tally(tally="a", version=version, padding=padding))


async def versions(pool: Pool) -> list[int]:
    rows = await pool.fetch("SELECT payload FROM outbox ORDER BY id")
    return [json.loads(row["payload"])["version"] for row in rows]


async def test_a_type_that_the_topic_does_not_have_is_refused(pool: Pool) -> None:
    async with transaction(pool) as tx:
        with pytest.raises(ValueError, match="TallyPainted"):
            await outbox.put_one(tx, TALLY, "a", "TallyPainted", 1, None)

    assert await versions(pool) == []


async def test_a_message_over_the_limit_is_refused_and_the_transaction_can_say_so(pool: Pool) -> None:
    async with transaction(pool) as tx:
        await outbox.put_all(tx, [tally(1)])
        with pytest.raises(asyncpg.CheckViolationError):
            async with tx.transaction():
                await outbox.put_all(tx, [tally(2, "x" * MOST_BYTES)])
        await outbox.put_all(tx, [tally(3)])

    assert await versions(pool) == [1, 3]


async def test_the_largest_message_reaches_its_topic_and_so_do_those_around_it(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    empty = len(Tally(tally="a", version=2).model_dump_json())
    async with transaction(pool) as tx:
        await outbox.put_all(tx, [tally(1), tally(2, "x" * (MOST_BYTES - empty)), tally(3)])

    async with relaying(dsn, corner):
        await eventually(lambda: arrived(corner, 3))

    sizes = [len(record.value) for record in await read_records(corner, TALLY.name)]
    assert sizes == [empty, MOST_BYTES, empty]


async def arrived(kafka: Kafka, count: int) -> bool:
    return len(await read_records(kafka, TALLY.name)) >= count


async def test_what_is_rolled_back_is_never_sent(dsn: str, pool: Pool, corner: Kafka) -> None:
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await outbox.put_all(connection, [tally(1)])
        await undone.rollback()
    async with relaying(dsn, corner):
        await count_up(pool, "b")
        await eventually(lambda: arrived(corner, 1))

    assert [record.key for record in await read_records(corner, TALLY.name)] == [b"b"]


@pytest.mark.parametrize(
    ("version", "data"),
    [(0, True), (-1, True), (-1, False), (outbox.GENERATION, True), (outbox.GENERATION, False)],
)
async def test_a_version_that_none_has_is_refused_and_nothing_is_written(
    pool: Pool, version: int, data: bool
) -> None:
    refused = tally(1)._replace(version=version) if data else naming("a", None)._replace(version=version)
    async with transaction(pool) as tx:
        with pytest.raises(ValueError, match=f"has no version {version}"):
            await outbox.put_all(tx, [tally(2), refused])
        await outbox.put_all(tx, [naming("a", None)._replace(version=0)])

    assert [row["sequence"] for row in await pool.fetch("SELECT sequence FROM outbox")] == [outbox.GENERATION]


async def test_many_messages_at_once_keep_their_order(pool: Pool) -> None:
    many = [tally(version) for version in range(5_000, 0, -1)]

    async with transaction(pool) as tx:
        await outbox.put_all(tx, many)

    assert await versions(pool) == list(range(5_000, 0, -1))


async def test_no_message_names_an_erased_id_whether_it_was_sent_or_not(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    async with transaction(pool) as tx:
        await outbox.put_all(tx, [naming("gone 1"), naming("kept"), naming("kept", "of gone 2")])
    async with relaying(dsn, corner):
        await eventually(lambda: arrived(corner, 3))
    async with transaction(pool) as tx:
        await outbox.put_all(tx, [naming("gone 2"), naming("gone 2", None), naming("kept", None)])

    async with transaction(pool) as tx:
        await erasure.erase_messages(tx, ["gone 1", "gone 2"])

    rows = await pool.fetch("SELECT key, payload IS NULL AS tombstone FROM outbox ORDER BY id")
    assert [tuple(row) for row in rows] == [("kept", False), ("kept", True)]


def naming(key: str, other: str | None = "nobody") -> Outgoing:
    """A message that names its key and another one; a tombstone without that."""
    data = None if other is None else Tally(tally=key, version=1, padding=other)
    return Outgoing(TALLY, key, "TallyRaised", 1, data)


async def test_a_restored_database_sends_what_was_unsent_and_its_versions_are_newer(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    """As after a dump: rows and cursor remember transaction ids that this server hasn't reached."""
    await count_up(pool, "a", 4)
    await pool.execute("UPDATE outbox SET xid = (8000000000 + id * 10)::text::xid8")
    sent = "8000000000:8000000025:"
    await pool.execute("UPDATE relay SET seen = $1::text::pg_snapshot, last_id = 0, upto = NULL", sent)

    migration = await start(dsn, corner, ["migrate", "--restored"], None)
    assert await migration.wait() == 0
    await count_up(pool, "a")

    async with relaying(dsn, corner):
        await eventually(lambda: arrived(corner, 3))
    found = [int(dict(record.headers)["ce_sequence"]) for record in await read_records(corner, TALLY.name)]
    assert found == [10**15 + 3, 10**15 + 4, 2 * 10**15 + 5]

"""A message that breaks its handler parks its key: later ones of that key wait behind it, all others go on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from shared.contracts.refusals import Refused
from shared.messaging.consumer import batch_processor, inbox, parking, patience
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.parking import ParkedKey
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message, parse_message
from shared.operations import replay
from shared.operations.replay import ReplayOutcome, replay_key
from shared.postgres.pool import Pool, Tx, transaction
from shared.testing.waiting import eventually
from tests.raised import PASSING, RAISED
from tests.shared.toy.partner import OURS, Foreign, gone, raised, write
from tests.shared.toy.parts import consumed, consuming, effects, took_effect
from tests.shared.toy.tallies import ROUTES, TALLY

A = ParkedKey(TALLY.name, "a")
OTHERS = {"b": [1, 2], "c": [1]}


async def bar(pool: Pool, *keys: str) -> None:
    await pool.executemany("INSERT INTO barred VALUES ($1)", [(key,) for key in keys])


async def unbar(pool: Pool, key: str) -> None:
    await pool.execute("DELETE FROM barred WHERE key = $1", key)


async def waiting(pool: Pool) -> list[tuple[str, int]]:
    """Keys and offsets of what waits, in the order in which it would be applied."""
    rows = await pool.fetch("SELECT key, record_offset FROM parked ORDER BY key, id")
    return [(row["key"], row["record_offset"]) for row in rows]


async def somebody_waits(pool: Pool) -> bool:
    """Whether a session of this database waits for another's lock."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return int(await pool.fetchval(sql)) > 0


async def troubled(inbound: Consumer, trouble: str | None) -> bool:
    return inbound.trouble == trouble


def counting_records(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each reading holds at once."""
    read, counts = parking.read_records, []

    async def count(*arguments: Any) -> Any:
        records = await read(*arguments)
        counts.append(len(records))
        return records

    monkeypatch.setattr(parking, "read_records", count)
    return counts


@pytest.fixture
async def parked(pool: Pool, corner: Kafka) -> AsyncIterator[Pool]:
    """Offsets 1, 3 and 5 are key a's and parked; a consumer runs on."""
    await bar(pool, "a")
    batch = [raised("b", 1), raised("a", 1), raised("c", 1), raised("a", 2), raised("b", 2), raised("a", 3)]
    await write(corner, batch, partition=0)
    async with consuming(pool, corner):
        await consumed(pool, 6)
        yield pool


async def test_an_exception_in_the_middle_of_a_batch_parks_only_its_key(parked: Pool) -> None:
    assert await effects(parked) == OTHERS
    assert await waiting(parked) == [("a", 1), ("a", 3), ("a", 5)]
    [cause] = await shown(parked)
    assert cause["reason"].startswith("Barred")


async def test_whatever_a_message_raises_its_key_alone_is_parked(pool: Pool, corner: Kafka) -> None:
    errors = {type(error).__name__: error for error in RAISED}

    async def handle(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        await ROUTES[TALLY](tx, messages)
        for message in messages:
            if message.key in errors:
                raise errors[message.key]

    await write(corner, [raised(key, 1) for key in ("a", *errors, "b")], partition=0)
    async with consuming(pool, corner, routes={TALLY: handle}):
        await took_effect(pool, {"a": [1], "b": [1]})
        await consumed(pool, len(errors) + 2)

    assert [key for key, _ in await waiting(pool)] == sorted(errors)


async def test_what_seems_to_pass_and_never_does_parks_its_key_alone_when_patience_is_over(
    pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {type(error).__name__: error for error in PASSING}
    monkeypatch.setattr(patience, "PASSING_SECONDS", 0.2)
    monkeypatch.setattr(batch_processor, "RETRY_SECONDS", (0.02, 0.02))

    async def handle(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        await ROUTES[TALLY](tx, messages)
        for message in messages:
            if message.key in errors:
                raise errors[message.key]

    await write(corner, [raised(key, 1) for key in ("a", *errors, "b")], partition=0)
    async with consuming(pool, corner, routes={TALLY: handle}) as inbound:
        await took_effect(pool, {"a": [1], "b": [1]})
        await eventually(lambda: troubled(inbound, None))

    assert [key for key, _ in await waiting(pool)] == sorted(errors)


async def test_what_passes_before_a_handler_is_called_parks_nothing_however_long_it_lasts(
    pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PASSING_SECONDS", 0.0)
    monkeypatch.setattr(batch_processor, "RETRY_SECONDS", (0.02, 0.02))
    tries = 0

    async def fail_often(*given: Any) -> inbox.NewMessages:
        nonlocal tries
        tries += 1
        if tries < 3 * patience.LEAST_TRIES:
            raise TimeoutError
        return await admit(*given)

    admit = inbox.admit_messages
    monkeypatch.setattr(inbox, "admit_messages", fail_often)
    await write(corner, [raised("a", 1)])
    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1]})

    assert await waiting(pool) == []


async def shown(pool: Pool) -> list[dict[str, Any]]:
    async with transaction(pool) as tx:
        [cause] = await parking.list_causes(tx)
        return [dict(row) for row in await parking.list_keys(tx, cause["fingerprint"])]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT 'Musterhaft'::int", "InvalidTextRepresentationError"),
        ("INSERT INTO barred VALUES ('Musterhaft'), ('Musterhaft')", "UniqueViolationError barred_pkey"),
        (None, "ValueError"),
    ],
)
async def test_a_reason_quotes_nothing_of_the_message_neither_for_operators_nor_in_the_log(
    pool: Pool, corner: Kafka, statement: str | None, reason: str
) -> None:
    async def quote(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        if statement is None:
            raise ValueError("Musterhaft")
        await tx.execute(statement)

    with capture_logs() as log:
        async with consuming(pool, corner, routes={TALLY: quote}):
            await write(corner, [raised("a", 1)])
            await consumed(pool, 1)

    [cause] = await shown(pool)
    assert cause["reason"].startswith(reason)
    assert "Musterhaft" not in str((cause, log))


def test_a_rules_refusals_are_one_cause_whatever_numbers_they_say() -> None:
    one, other = (Refused("places-taken", f"{taken} members have a place already.") for taken in (3, 4))

    assert parking.describe_failure(one) == parking.describe_failure(other)


async def test_later_messages_of_a_parked_key_wait_though_they_could_be_applied(
    parked: Pool, corner: Kafka
) -> None:
    await unbar(parked, "a")

    await write(corner, [raised("a", 4), raised("b", 3)], partition=0)
    await consumed(parked, 8)

    assert await effects(parked) == {**OTHERS, "b": [1, 2, 3]}
    assert [offset for _, offset in await waiting(parked)] == [1, 3, 5, 6]


async def test_a_replay_applies_what_waits_in_order_and_the_key_goes_on(parked: Pool, corner: Kafka) -> None:
    await unbar(parked, "a")

    assert await replay_key(parked, ROUTES, A) == (ReplayOutcome.APPLIED, 3)
    await write(corner, [raised("a", 4)], partition=0)

    await took_effect(parked, {**OTHERS, "a": [1, 2, 3, 4]})
    assert await waiting(parked) == []


async def test_a_replay_that_fails_again_keeps_the_key_parked_where_it_failed(
    parked: Pool, corner: Kafka
) -> None:
    await unbar(parked, "a")
    await write(corner, [Foreign(b"a", b"{", OURS), raised("a", 4)], partition=0)
    await consumed(parked, 8)

    assert await replay_key(parked, ROUTES, A) == (ReplayOutcome.STILL_PARKED, 3)

    assert await effects(parked) == {**OTHERS, "a": [1, 2, 3]}
    assert [offset for _, offset in await waiting(parked)] == [6, 7]
    [cause] = await shown(parked)
    assert cause["reason"] == "Unreadable without the CloudEvents attribute sequence"


async def test_however_many_wait_they_are_applied_a_page_a_transaction(
    parked: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PAGE", 2)
    read = counting_records(monkeypatch)
    await unbar(parked, "a")
    await write(corner, [raised("a", 4), Foreign(b"a", b"{", OURS), raised("a", 5)], partition=0)
    await consumed(parked, 9)

    assert await replay_key(parked, ROUTES, A) == (ReplayOutcome.STILL_PARKED, 4)
    assert await effects(parked) == {**OTHERS, "a": [1, 2, 3, 4]}
    assert [offset for _, offset in await waiting(parked)] == [7, 8]
    await parked.execute("DELETE FROM parked WHERE record_offset = 7")
    assert await replay_key(parked, ROUTES, A) == (ReplayOutcome.APPLIED, 1)

    assert read == [2, 2, 2, 1]
    await write(corner, [raised("a", 6)], partition=0)
    await took_effect(parked, {**OTHERS, "a": [1, 2, 3, 4, 5, 6]})


async def test_operators_who_replay_a_long_key_at_once_apply_each_message_once_and_in_order(
    parked: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PAGE", 1)
    await unbar(parked, "a")

    outcomes = await asyncio.gather(*(replay_key(parked, ROUTES, A) for _ in range(3)))

    assert sum(applied for _, applied in outcomes) == 3
    assert await effects(parked) == {**OTHERS, "a": [1, 2, 3]}
    assert await waiting(parked) == []


async def test_two_operators_who_replay_at_once_apply_once(parked: Pool) -> None:
    await unbar(parked, "a")

    outcomes = await asyncio.gather(*(replay_key(parked, ROUTES, A) for _ in range(2)))

    assert sorted(outcomes) == [(ReplayOutcome.APPLIED, 3), (ReplayOutcome.NOT_PARKED, 0)]
    assert await effects(parked) == {**OTHERS, "a": [1, 2, 3]}
    assert await replay_key(parked, ROUTES, ParkedKey("no such topic", "a")) == (ReplayOutcome.NOT_PARKED, 0)


async def test_a_message_that_comes_during_a_replay_is_applied_after_it(parked: Pool, corner: Kafka) -> None:
    await unbar(parked, "a")
    async with transaction(parked) as tx:
        assert await parking.lock_key(tx, A)
        records = await parking.read_records(tx, A, 10)
        await write(corner, [raised("a", 4)], partition=0)
        await eventually(lambda: somebody_waits(parked))
        await ROUTES[TALLY](tx, [parse_message(TALLY, record) for record in records])
        await parking.release_key(tx, A)

    await took_effect(parked, {**OTHERS, "a": [1, 2, 3, 4]})


async def test_a_tombstone_replaces_what_is_parked(parked: Pool, corner: Kafka) -> None:
    await unbar(parked, "a")

    await write(corner, [gone("a", 4), raised("a", 5)], partition=0)

    await took_effect(parked, {**OTHERS, "a": [None, 5]})
    assert await waiting(parked) == []


async def test_a_tombstone_that_fails_itself_still_replaces_what_is_parked(
    parked: Pool, corner: Kafka
) -> None:
    await write(corner, [gone("a", 4)], partition=0)
    await consumed(parked, 7)

    assert await waiting(parked) == [("a", 6)]


async def test_what_is_dropped_keeps_its_reason_and_the_key_goes_on(parked: Pool, corner: Kafka) -> None:
    async with transaction(parked) as tx:
        assert await parking.drop_key(tx, A, "made by a broken import") == 3
    await unbar(parked, "a")

    await write(corner, [raised("a", 4)], partition=0)

    await took_effect(parked, {**OTHERS, "a": [4]})
    [dropped] = await parked.fetch("SELECT topic, messages, reason FROM parked_dropped")
    assert tuple(dropped) == (TALLY.name, 3, "made by a broken import")


async def test_at_the_ceiling_the_consumer_waits_and_goes_on_after_a_drop(pool: Pool, corner: Kafka) -> None:
    await bar(pool, "a", "b", "c")
    batch = [raised("a", 1), raised("b", 1), raised("c", 1), raised("d", 1)]
    await write(corner, batch, partition=0)
    async with consuming(pool, corner, ceiling=2) as inbound:
        await eventually(lambda: troubled(inbound, "CeilingReached"))
        assert await waiting(pool) == [("a", 0), ("b", 1)]
        assert await effects(pool) == {}

        async with transaction(pool) as tx:
            await parking.drop_key(tx, A, "not needed")

        await took_effect(pool, {"d": [1]})
        assert await waiting(pool) == [("b", 1), ("c", 2)]
        await eventually(lambda: troubled(inbound, None))


async def test_what_is_forgotten_leaves_the_parked_messages_too(pool: Pool, corner: Kafka) -> None:
    gone, stays = str(uuid4()), str(uuid4())
    await bar(pool, gone, stays)
    async with consuming(pool, corner):
        await write(corner, [raised(gone, 1), raised(stays, 1), raised(gone, 2)], partition=0)
        await consumed(pool, 3)

    async with transaction(pool) as tx:
        await parking.erase_messages(tx, [gone])

    assert await waiting(pool) == [(stays, 1)]
    assert [row["key"] for row in await pool.fetch("SELECT key FROM parked_key")] == [stays]

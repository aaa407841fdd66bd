"""What is parked is applied in order when an operator replays its key, and the key goes on."""

import asyncio
from typing import Any

import pytest

from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import ParkedKey
from shared.messaging.kafka import Kafka
from shared.messaging.message import parse_message
from shared.operations import replay
from shared.operations.replay import ReplayOutcome, replay_key
from shared.postgres.pool import Pool, transaction
from shared.testing.waiting import eventually
from tests.shared.toy.parked import OTHERS, A, shown, unbar, waiting
from tests.shared.toy.partner import OURS, Foreign, raised, write
from tests.shared.toy.parts import consumed, effects, took_effect
from tests.shared.toy.tallies import ROUTES, TALLY


def counting_records(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each reading holds at once."""
    read, counts = parking.read_records, []

    async def count(*arguments: Any) -> Any:
        records = await read(*arguments)
        counts.append(len(records))
        return records

    monkeypatch.setattr(parking, "read_records", count)
    return counts


async def somebody_waits(pool: Pool) -> bool:
    """Whether a session of this database waits for another's lock."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return int(await pool.fetchval(sql)) > 0


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

"""A message that breaks its handler parks its key: later ones of that key wait behind it, all others go on."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from shared.contracts.refusals import Refused
from shared.messaging.consumer import batch_processor, inbox, parking, patience
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.postgres.pool import Pool, Tx, transaction
from shared.testing.waiting import eventually
from tests.raised import PASSING, RAISED
from tests.shared.toy.parked import OTHERS, A, bar, shown, unbar, waiting
from tests.shared.toy.partner import gone, raised, write
from tests.shared.toy.parts import consumed, consuming, effects, took_effect
from tests.shared.toy.tallies import ROUTES, TALLY


async def troubled(inbound: Consumer, trouble: str | None) -> bool:
    return inbound.trouble == trouble


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

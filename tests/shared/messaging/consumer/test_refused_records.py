"""What a topic's owner can't have sent is refused: it isn't applied, it holds no key up, and it alarms."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from shared.messaging.consumer import refusals
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.messaging.outbox import GENERATION, LAST_VERSION
from shared.postgres.pool import Pool, transaction
from shared.testing.kafka import MakeTopics
from tests.shared.toy.partner import Foreign, binary, gone, raised, structured, write
from tests.shared.toy.parts import consuming, took_effect
from tests.shared.toy.tallies import NOTE, ROUTES, note

OTHERS = json.dumps({"tally": "someone", "version": 7}).encode()
SOURCE, UNTOLD = "its source isn't the owner of the topic", "nothing tells its source"
PAST = "its sequence is past what the owner can have reached"
JUMP = "its generation jumps"
STRUCTURED: list[tuple[str, bytes | None]] = [("content-type", b"application/cloudevents+json")]


def forged(version: int = 2, *, sequence: int | None = None, **attributes: str) -> Foreign:
    """A message about key `a` that is right but for what is given."""
    claimed = {} if sequence is None else {"sequence": str(sequence)}
    return raised("a", version, id=None, **claimed, **attributes)


FORGED = {
    "another service's": (forged(source="/alumnibus/events"), SOURCE),
    "nobody's": (Foreign(b"a", OTHERS, []), SOURCE),
    "a bare tombstone": (Foreign(b"a", None, []), SOURCE),
    "garbage": (Foreign(b"a", b"\xff", [("x", b"\xff")]), UNTOLD),
    "a structured one of another service": (structured("a", 2, source="/partner"), SOURCE),
    "a structured one without end": (Foreign(b"a", b'{"a":' * 50_000, STRUCTURED), UNTOLD),
    "another subject": (forged(subject="b"), "its subject isn't its key"),
    "another key's data": (Foreign(b"a", OTHERS, binary(2)), "its data are another key's"),
    "a sequence near the end": (forged(sequence=2**62), PAST),
    "a sequence past a bigint": (forged(sequence=2**63), PAST),
    "a sequence below all": (forged(sequence=-1), PAST),
    "the last version, though it isn't gone": (forged(sequence=GENERATION + LAST_VERSION), PAST),
    "a version that nobody reaches": (forged(sequence=GENERATION + 10**10), PAST),
    "a generation that jumps": (forged(sequence=5 * GENERATION + 1), JUMP),
    "a tombstone that jumps": (Foreign(b"a", None, binary(1, sequence=str(9000 * GENERATION))), JUMP),
}


@pytest.fixture
async def inbound(pool: Pool, corner: Kafka) -> AsyncIterator[Consumer]:
    async with consuming(pool, corner) as running:
        yield running


async def refused(pool: Pool) -> dict[str, int]:
    async with transaction(pool) as tx:
        return {row["reason"]: row["records"] for row in await refusals.list_refused(tx)}


async def test_what_its_owner_cannot_have_sent_is_counted_and_true_states_go_on(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    with capture_logs() as log:
        records = [record for record, _ in FORGED.values()]
        await write(corner, [raised("a", 1), *records, raised("a", 2)], partition=0)
        await took_effect(pool, {"a": [1, 2]})

    reasons = [reason for _, reason in FORGED.values()]
    expected = {reason: reasons.count(reason) for reason in reasons}
    assert await refused(pool) == expected
    alarms = [line for line in log if line["event"] == "message.refused.alarm"]
    assert sum(line["records"] for line in alarms) == len(FORGED)
    assert await pool.fetchval("SELECT count(*) FROM parked_key") == 0
    assert "someone" not in str(log)


async def test_the_id_that_a_refused_record_claims_is_free_for_the_right_message(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    own: list[UUID] = [uuid7() for _ in range(3)]
    jump = str(9 * GENERATION)
    batch = [
        raised("a", 1, id=own[0], source="/alumnibus/events"),
        raised("a", 1, id=own[1], sequence=jump),
        raised("b", 1, id=own[2], sequence=jump),
        raised("a", 1, id=own[0]),
        raised("a", 2, id=own[1]),
    ]
    await write(corner, [raised("c", 1), *batch], partition=0)
    await took_effect(pool, {"c": [1], "a": [1, 2]})
    await write(corner, [raised("b", 1, id=own[2])], partition=0)

    await took_effect(pool, {"c": [1], "a": [1, 2], "b": [1]})


async def test_restores_and_what_is_gone_for_good_are_believed(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    def of(generation: int, version: int) -> Foreign:
        return forged(version, sequence=generation * GENERATION + version)

    erased = Foreign(b"b", None, binary(1, sequence=str(7 * GENERATION + LAST_VERSION)))
    await write(corner, [of(1, 1), of(2, 2), of(5, 3), gone("b", 1), of(7, 4), of(1, 5), erased], partition=0)

    await took_effect(pool, {"a": [1, 2, 3, 4, 5], "b": [None, None]})
    assert await refused(pool) == {}


async def test_a_newcomer_believes_the_generation_that_it_finds(pool: Pool, corner: Kafka) -> None:
    found = [forged(1, sequence=9 * GENERATION + 1), forged(2, sequence=9000 * GENERATION)]
    await write(corner, [*found, forged(3, sequence=8 * GENERATION + 1)], partition=0)

    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1, 3]})

    assert await refused(pool) == {JUMP: 1}


async def test_a_log_has_no_tombstones_and_its_messages_may_be_the_last(
    pool: Pool, corner: Kafka, make_topics: MakeTopics
) -> None:
    await make_topics([NOTE])
    last = raised("a", 1, sequence=str(GENERATION + LAST_VERSION))
    async with consuming(pool, corner, routes={**ROUTES, NOTE: note}):
        await write(corner, [gone("a", 1), last], topic=NOTE, partition=0)
        await took_effect(pool, {"a": [1]})

    assert await refused(pool) == {"a log has no tombstones": 1}

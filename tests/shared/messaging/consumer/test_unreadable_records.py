"""Whatever a topic holds is read, or its key is parked; nothing is passed over and nothing stops the others."""

import json
import random
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY

from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.parking import ParkedKey
from shared.messaging.kafka import Kafka
from shared.operations.replay import ReplayOutcome, replay_key
from shared.postgres.pool import Pool
from tests.shared.toy import tallies
from tests.shared.toy.partner import OURS, Foreign, binary, gone, raised, structured, write
from tests.shared.toy.parts import SCHEMA, consuming, took_effect
from tests.shared.toy.tallies import TALLY

RIGHT = json.dumps({"tally": "k", "version": 1}).encode()


@pytest.fixture
async def inbound(pool: Pool, corner: Kafka) -> AsyncIterator[Consumer]:
    async with consuming(pool, corner) as running:
        yield running


def changed(**replaced: bytes | None) -> list[tuple[str, bytes | None]]:
    """The headers of a right message, some of them changed."""
    return list((dict(binary(1)) | replaced).items())


STRUCTURED: list[tuple[str, bytes | None]] = [("content-type", b"application/cloudevents+json"), *OURS]
UNREADABLE: dict[str, tuple[bytes, list[tuple[str, bytes | None]]]] = {
    "a header that isn't UTF-8": (RIGHT, changed(ce_type=b"\xff\xfe")),
    "a foreign header that isn't UTF-8": (RIGHT, changed(trace=b"\xff")),
    "a header without a value": (RIGHT, changed(ce_sequence=None)),
    "a header's name with NUL": (b"", changed(**{"a\0b": b"\0"})),
    "no CloudEvents headers but one": (RIGHT, list(OURS)),
    "a sequence that is no number": (RIGHT, changed(ce_sequence=b"first")),
    "no JSON": (b"{", binary(1)),
    "an empty value": (b"", binary(1)),
    "bytes": (bytes(range(256)), binary(1)),
    "against the schema": (b'{"tally": "k", "version": "many"}', binary(1)),
    "JSON without end": (b"[" * 100_000, binary(1)),
    "a structured message without end": (b'{"a":' * 100_000, STRUCTURED),
    "a structured message without data": (b'{"id": "1", "sequence": "1"}', STRUCTURED),
    "a structured message that is a list": (b"[]", STRUCTURED),
}
KEYS = (
    b"\xff\xfe",
    b"k\0",
    b"line\nbreak",
    b"0xyz",
    b"",
    "schlüssel".encode(),
    random.Random(1).randbytes(10_000),
)


async def test_what_cannot_be_read_parks_its_key_and_the_rest_of_the_batch_goes_on(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    records = [Foreign(name.encode(), value, headers) for name, (value, headers) in UNREADABLE.items()]
    records += [Foreign(key, b"", binary(1)) for key in KEYS]

    await write(corner, [raised("before", 1), *records, raised("after", 1)], partition=0)
    await took_effect(pool, {"before": [1], "after": [1]})

    parked = await pool.fetch("SELECT record_key, payload FROM parked ORDER BY record_offset")
    assert [(row["record_key"], row["payload"]) for row in parked] == [(r.key, r.value) for r in records]
    for row in await pool.fetch("SELECT topic, key FROM parked_key"):
        assert await replay_key(pool, tallies.ROUTES, ParkedKey(*row)) == (ReplayOutcome.STILL_PARKED, 0)
    assert inbound.trouble is None


async def test_both_modes_of_cloudevents_are_read_and_unknown_fields_are_ignored(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    more = json.dumps({"tally": "a", "version": 2, "colour": "blue"}).encode()
    both = structured("a", 1, extension="x"), Foreign(b"a", more, binary(2, colour="blue"))

    await write(corner, both)

    await took_effect(pool, {"a": [1, 2]})
    assert await pool.fetchval("SELECT count(DISTINCT sequence) FROM effect") == 2


async def test_a_tombstone_arrives_without_data_in_its_place(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    await write(corner, [raised("a", 1), gone("a", 2), raised("a", 3)])

    await took_effect(pool, {"a": [1, None, 3]})


async def test_a_type_this_build_does_not_know_is_applied_as_state_and_counted(
    pool: Pool, corner: Kafka, inbound: Consumer
) -> None:
    def counted() -> float:
        labels = {"consumer": SCHEMA, "topic": TALLY.name}
        return REGISTRY.get_sample_value("alumnibus_consumer_unknown_type_total", labels) or 0

    before = counted()

    await write(corner, [raised("a", 1, type="TallyPainted"), raised("a", 2)])

    await took_effect(pool, {"a": [1, 2]})
    assert counted() == before + 1

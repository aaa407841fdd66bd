"""State from the topic alone: whoever starts from nothing, was away or lost the database ends at the same state."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from shared.contracts.catalogue import OFFER
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, open_producer, read_records
from shared.testing.waiting import eventually
from tests.faults.cleaning import EAGER, eager_cleaning
from tests.partner.mirrors import Partner
from tests.partner.node import run_by_node
from tests.partner.programs import EXAMPLES, write_settings

# What is gone is forgotten as soon as it is cleaned, as on a topic after thirty days.
FORGETFUL = EAGER | {"delete.retention.ms": "0"}
KEYS, WEEKS = 30, 3


class Said(NamedTuple):
    """One record: of the key, the version, and what it holds; None is a tombstone."""

    key: str
    sequence: int
    data: Any


def imagine_week(week: int, versions: dict[str, int], chance: random.Random) -> list[Said]:
    """What is said in a week: changes, goings and comings. Some of it comes twice and late, as from a relay that was
    stopped; another one has said the newest of those keys again by then, since Kafka keeps what came last."""
    said = []
    for _ in range(60):
        key = f"offer-{chance.randrange(KEYS * (week + 1) // WEEKS + 1)}"
        versions[key] = versions.get(key, 0) + 1
        gone = chance.random() < 0.3
        said.append(Said(key, versions[key], None if gone else {"week": week, "version": versions[key]}))
    late = chance.sample(said, 10)
    return said + late + [find_newest(said)[one.key] for one in late]


def find_newest(said: Sequence[Said]) -> dict[str, Said]:
    return {one.key: one for one in sorted(said, key=lambda one: one.sequence)}


def find_truth(said: Sequence[Said]) -> dict[str, Any]:
    return {key: one.data for key, one in find_newest(said).items() if one.data is not None}


async def say(kafka: Kafka, said: Sequence[Said]) -> None:
    async with open_producer(kafka) as producer:
        for one in said:
            headers = [
                ("ce_id", str(uuid4())),
                ("ce_type", "EventChanged"),
                ("ce_sequence", f"{one.sequence:020d}"),
            ]
            value = None if one.data is None else json.dumps(one.data).encode()
            await producer.send(
                kafka.topic_name(OFFER.name),
                value,
                key=one.key.encode(),
                headers=[(name, text.encode()) for name, text in headers],
            )


@pytest.fixture
async def topic(kafka: Kafka, make_topics: MakeTopics) -> AsyncIterator[None]:
    await make_topics([OFFER])
    async with eager_cleaning(kafka, FORGETFUL, OFFER):
        yield


async def wait_for_cleaning(kafka: Kafka, said: Sequence[Said]) -> None:
    """Until of what was said nothing is left but the truth: no older state, and nothing that is gone."""

    async def is_clean() -> bool:
        await say(kafka, [Said(f"later-{number}", 1, None) for number in range(6)])
        records = await read_records(kafka, OFFER.name)
        left = [record for record in records if record.key.startswith(b"offer-")]
        return len(left) == len(find_truth(said))

    await eventually(is_clean)


async def test_whoever_starts_anew_was_away_or_lost_the_database_ends_at_the_same_state(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    chance, versions = random.Random(11), dict[str, int]()
    faithful, away, unlucky, restored = (
        Partner(kafka, tmp_path / name) for name in ("faithful", "away", "unlucky", "restored")
    )
    said: list[Said] = []
    for week in range(WEEKS):
        said += (new := imagine_week(week, versions, chance))
        await say(kafka, new)
        if week == 0:
            assert await read_all(away, unlucky) == [find_truth(said)] * 2
            unlucky.copy_databases(restored)
        await faithful.read()
    newcomer = Partner(kafka, tmp_path / "newcomer")
    assert await read_all(newcomer, away) == [find_truth(said)] * 2

    await wait_for_cleaning(kafka, said)
    unlucky.lose_databases()
    restored.change("UPDATE place SET at = at - 31 * 24 * 3600")
    late = Partner(kafka, tmp_path / "late")
    assert await read_all(unlucky, late, restored, faithful, away) == [find_truth(said)] * 5


async def read_all(*partners: Partner) -> list[Mapping[str, Any]]:
    return await asyncio.gather(*(partner.read() for partner in partners))


async def test_a_topic_that_was_made_anew_replaces_what_was_known(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    partner = Partner(kafka, tmp_path / "partner")
    await say(kafka, [Said(f"offer-{number}", 1, {}) for number in range(9)])
    await partner.read()
    partner.change("UPDATE place SET next = next + 1000")
    partner.change("INSERT INTO state SELECT topic, 'of-old', sequence, type, data, 0 FROM state LIMIT 1")

    assert set(await partner.read()) == {f"offer-{number}" for number in range(9)}


async def test_another_kafka_replaces_what_was_known_though_it_has_as_many_records(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    partner = Partner(kafka, tmp_path / "partner")
    await say(kafka, [Said("known", 1, {})])
    await partner.read()
    partner.change("UPDATE cluster SET id = 'lost'")
    partner.change("UPDATE state SET key = 'lost'")

    assert set(await partner.read()) == {"known"}


async def test_the_programs_read_what_is_there_whatever_comes_late_and_say_so(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    await say(kafka, [Said("a", 2, {"new": True}), Said("a", 1, {}), Said("b", 2, None), Said("b", 1, {})])
    settings, name = str(write_settings(tmp_path, kafka)), kafka.topic_name(OFFER.name)
    program = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            EXAMPLES / "partner" / "mirror.py",
            "--once",
            settings,
            tmp_path / "python.db",
            name,
        ),
        stdout=asyncio.subprocess.PIPE,
    )
    by_python, _ = await program.communicate()
    files = (settings, str(tmp_path / "node.db"))
    by_node = await run_by_node("mirror.mjs", *files, f"{kafka.prefix}mirror", name, "--once")

    assert by_python.decode() == by_node == f"{name}: 1 known\n"

"""State from the topic alone: whoever starts from nothing, was away or lost the database ends at the same state."""

import asyncio
import json
import random
import shutil
import sqlite3
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
from tests.partner.programs import EXAMPLES, load_program, write_settings

mirror = load_program("partner/mirror.py")
# What is gone is forgotten as soon as it is cleaned, as on a topic after thirty days.
FORGETFUL = EAGER | {"delete.retention.ms": "0"}
KEYS, WEEKS = 30, 4


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


class Partner:
    """A partner with a database; `now` is what its clock says."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self._kafka = kafka
        self._settings = write_settings(folder, kafka)
        self.database = folder / "mirror.db"

    async def read(self, now: float | None = None) -> Mapping[str, Any]:
        """Read what is there, and tell what is known then."""
        reader = mirror.Mirror(self.database, *([lambda: now] if now else []))
        options = mirror.read_options(self._settings)
        await mirror.follow(options, reader, [self._kafka.topic_name(OFFER.name)], once=True)
        reader.database.close()
        return self.known()

    def known(self) -> Mapping[str, Any]:
        connection = sqlite3.connect(self.database)
        rows = connection.execute("SELECT key, data FROM state WHERE data IS NOT NULL").fetchall()
        connection.close()
        return {key: json.loads(data) for key, data in rows}


@pytest.fixture
async def topic(kafka: Kafka, make_topics: MakeTopics) -> AsyncIterator[None]:
    await make_topics([OFFER])
    async with eager_cleaning(kafka, FORGETFUL, OFFER):
        yield


def make_partner(kafka: Kafka, tmp_path: Path, name: str) -> Partner:
    (tmp_path / name).mkdir()
    return Partner(kafka, tmp_path / name)


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
    faithful, away, unlucky = (
        make_partner(kafka, tmp_path, name) for name in ("faithful", "away", "unlucky")
    )
    said: list[Said] = []
    for week in range(WEEKS):
        said += (new := imagine_week(week, versions, chance))
        await say(kafka, new)
        await faithful.read()
        if week == 0:
            assert await away.read() == await unlucky.read() == find_truth(said)
            backup = shutil.copy(unlucky.database, tmp_path / "backup.db")
    newcomer = make_partner(kafka, tmp_path, "newcomer")
    assert await newcomer.read() == await faithful.read() == await away.read() == find_truth(said)

    await wait_for_cleaning(kafka, said)
    unlucky.database.unlink()
    restored = make_partner(kafka, tmp_path, "restored")
    shutil.copy(backup, restored.database)
    late = make_partner(kafka, tmp_path, "late")

    month_later = mirror.time.time() + 31 * 24 * 3600
    assert await unlucky.read() == await late.read() == await restored.read(month_later) == find_truth(said)
    assert await faithful.read() == await away.read() == await newcomer.read() == find_truth(said)


async def test_a_topic_that_was_made_anew_replaces_what_was_known(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    partner = make_partner(kafka, tmp_path, "partner")
    await say(kafka, [Said(f"offer-{number}", 1, {}) for number in range(9)])
    await partner.read()
    connection = sqlite3.connect(partner.database)
    connection.execute("UPDATE place SET next = next + 1000")
    connection.execute("INSERT INTO state SELECT topic, 'of-old', sequence, type, data, 0 FROM state LIMIT 1")
    connection.commit()
    connection.close()

    assert set(await partner.read()) == {f"offer-{number}" for number in range(9)}


async def test_another_kafka_replaces_what_was_known_though_it_has_as_many_records(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    partner = make_partner(kafka, tmp_path, "partner")
    await say(kafka, [Said("known", 1, {})])
    await partner.read()
    connection = sqlite3.connect(partner.database)
    connection.execute("UPDATE cluster SET id = 'lost'")
    connection.execute("UPDATE state SET key = 'lost'")
    connection.commit()
    connection.close()

    assert set(await partner.read()) == {"known"}


async def test_the_program_reads_what_is_there_whatever_comes_late_and_says_so(
    topic: None, kafka: Kafka, tmp_path: Path
) -> None:
    partner = make_partner(kafka, tmp_path, "partner")
    await say(kafka, [Said("a", 2, {"new": True}), Said("a", 1, {}), Said("b", 2, None), Said("b", 1, {})])
    name = kafka.topic_name(OFFER.name)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, EXAMPLES / "partner" / "mirror.py", "--once"),
        *(tmp_path / "partner" / "librdkafka.properties", partner.database, name),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await program.communicate()

    assert told.decode() == f"{name}: 1 known\n"
    assert partner.known() == {"a": {"new": True}}

"""A process may die between any two steps: what was answered stays, what wasn't can be asked again, and every
message takes effect once and in order."""

from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import pytest

from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.testing.waiting import eventually
from tests.shared.toy.parts import consuming, count_up, effects, relaying, took_effect
from tests.shared.toy.processes import KILLED, Life, serving, start
from tests.shared.toy.tallies import TALLY

# A consumer that was killed holds its place in the group for ten seconds, so those come first and others live
# without one meanwhile.
CONSUMER_STEPS = ("consumer.applied", "consumer.committed")
PRODUCER_STEPS = ("request.committing", "request.committed", "relay.saved", "relay.sent")
KEYS = ("a", "b", "c")


@dataclass
class Client:
    """Someone who asks again, with the same key, until there is an answer; each key's versions must then run
    without gap or repeat."""

    asked: int = 0
    answered: dict[str, list[int]] = field(default_factory=lambda: {key: [] for key in KEYS})

    async def command(self, life: Life) -> None:
        """Ask for the next raise. Raises httpx.TransportError if no answer comes."""
        key = KEYS[self.asked % len(KEYS)]
        answer = await life.http.post(f"/tallies/{key}", headers={"Idempotency-Key": f"k{self.asked}"})
        self.answered[key].append(answer.raise_for_status().json()["version"])
        self.asked += 1

    async def until_dead(self, life: Life) -> int:
        """Ask until the process dies of its failpoint; returns its exit code."""

        async def dead() -> bool:
            with suppress(httpx.TransportError):
                await self.command(life)
            return life.process.returncode is not None

        await eventually(dead, seconds=60)
        return life.process.returncode or 0


@pytest.mark.timeout(180)
async def test_a_service_that_dies_at_every_step_in_turn_loses_and_repeats_nothing(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    client = Client()
    for step in CONSUMER_STEPS:
        async with serving(dsn, corner, f"{step}:3") as life:
            assert await client.until_dead(life) == KILLED, step
    for step in PRODUCER_STEPS:
        async with serving(dsn, corner, f"{step}:3", only=("api", "relay")) as life:
            assert await client.until_dead(life) == KILLED, step
    async with serving(dsn, corner) as life:
        await client.command(life)

        await took_effect(pool, client.answered)

    assert all(versions == list(range(1, len(versions) + 1)) for versions in client.answered.values())
    assert await pool.fetchval("SELECT sum(version) FROM tally") == client.asked


async def test_a_replay_that_dies_before_it_commits_changes_nothing(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    await pool.execute("INSERT INTO barred VALUES ('a')")
    async with relaying(dsn, corner), consuming(pool, corner):
        await count_up(pool, "a", 3)
        await count_up(pool, "b")
        await took_effect(pool, {"b": [1]})
    await pool.execute("DELETE FROM barred")
    replay = ["parked", "replay", TALLY.name, "a"]

    killed = await start(dsn, corner, replay, "replay.applied")
    assert await killed.wait() == KILLED
    assert await effects(pool) == {"b": [1]}
    again = await start(dsn, corner, replay, None)
    assert await again.wait() == 0
    await took_effect(pool, {"b": [1], "a": [1, 2, 3]})

"""A key is parked, and at last so many that the consumer holds."""

import re

import pytest

from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.runtime.service import PARTS
from shared.testing.services import Running, running_service
from tests.operations.operator import Log, Operator, walking
from tests.shared.toy.app import compose
from tests.shared.toy.partner import OURS, Foreign, raised, write
from tests.shared.toy.parts import took_effect
from tests.shared.toy.tallies import TALLY

A, B = "0197a3c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d", "b"
PARKED = 'alumnibus_consumer_parked_keys{consumer="toy"}'


async def bar(pool: Pool, *keys: str) -> None:
    await pool.executemany("INSERT INTO barred VALUES ($1)", [(key,) for key in keys])


async def unbar(pool: Pool) -> None:
    await pool.execute("DELETE FROM barred")


async def test_a_key_is_parked_its_cause_is_mended_and_what_waits_is_applied_or_given_up(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    await bar(pool, A, B)
    async with walking("A key is parked", log) as operator, running_service(compose(), PARTS) as running:
        service = running.app.state.service
        broken = Foreign(A.encode(), b"{", OURS)
        batch = [raised(A, 1), raised(B, 1), raised("c", 1), raised(A, 2), broken, raised(B, 2)]
        await write(corner, batch, partition=0)
        await took_effect(pool, {"c": [1]})
        await operator.watches(running, PARKED, 2)
        await operator.hears("message.apply.parked", topic=TALLY.name)

        [(cause, *_)] = rows(await operator.does(service, "parked list"))
        shown = rows(await operator.does(service, "parked show CAUSE", CAUSE=cause))
        topics = {key: topic for topic, key, *_ in shown}
        assert topics == {A: TALLY.name, B: TALLY.name}

        await unbar(pool)
        replay = "parked replay TOPIC KEY"
        mended = await operator.does(service, replay, TOPIC=topics[B], KEY=B)
        assert mended == "applied: 2 messages applied\n"
        again = await operator.does(service, replay, fails=True, TOPIC=topics[A], KEY=A)
        assert again == "still parked: 2 messages applied\n"
        await operator.watches(running, PARKED, 1, 1)

        drop = 'parked drop TOPIC KEY --reason "…"'
        assert await operator.does(service, drop, TOPIC=topics[A], KEY=A) == "dropped 1 messages\n"
        await operator.watches(running, PARKED, 0, 0)
        await write(corner, [raised(A, 4)], partition=0)
        await took_effect(pool, {"c": [1], B: [1, 2], A: [1, 2, 4]})
        await operator.all_is_well(running)


async def test_at_the_ceiling_the_consumer_holds_and_goes_on_by_itself_when_fewer_keys_are_parked(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    toy.setenv("ALUMNIBUS_PARKED_CEILING", "1")
    await bar(pool, A, B)
    operator = Operator(log)
    async with running_service(compose(), PARTS) as running:
        await write(corner, [raised(A, 1), raised(B, 1), raised("c", 1)], partition=0)
        await operator.sees(running, "consumer", "CeilingReached")
        assert (await running.http.get("/livez")).status_code == 200

        await unbar(pool)
        await replays(operator, running, A)
        await took_effect(pool, {A: [1], "c": [1]})
        await operator.all_is_well(running)
        await replays(operator, running, B)
        await took_effect(pool, {A: [1], "c": [1], B: [1]})


async def replays(operator: Operator, running: Running, key: str) -> None:
    service = running.app.state.service
    printed = await operator.does(service, "parked replay TOPIC KEY", TOPIC=TALLY.name, KEY=key)
    assert printed == "applied: 1 messages applied\n"


def rows(printed: str) -> list[list[str]]:
    """The words of a table that a command printed, without its head."""
    return [re.split(r"  +", line) for line in printed.splitlines()[1:]]

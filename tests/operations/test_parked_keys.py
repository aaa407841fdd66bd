"""A key is parked, and at last so many that the consumer holds."""

import re

import pytest

from shared.messaging.kafka import Kafka
from shared.operations import causes, terminal
from shared.postgres.pool import Pool
from shared.runtime.service import PARTS
from shared.testing.services import Running, running_service
from tests.operations.operator import Log, Operator, walking
from tests.shared.operations.command_line import said
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
        [(another, *_)] = rows(await operator.does(service, "parked list"))
        assert another != cause
        await operator.watches(running, PARKED, 1, 1)

        drop = 'parked drop TOPIC KEY --reason "…"'
        assert await operator.does(service, drop, TOPIC=topics[A], KEY=A) == "dropped 1 messages\n"
        await operator.watches(running, PARKED, 0, 0)
        await write(corner, [raised(A, 4)], partition=0)
        await took_effect(pool, {"c": [1], B: [1, 2], A: [1, 2, 4]})
        await operator.all_is_well(running)


async def test_all_keys_of_one_cause_are_replayed_or_dropped_after_a_question(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    toy.setattr(causes, "PAGE", 2)
    keys = [f"k{number}" for number in range(5)]
    await bar(pool, *keys)
    many = walking("Many keys are parked for one cause", log)
    async with many as operator, running_service(compose(), PARTS) as running:
        service = running.app.state.service
        unreadable = [Foreign(key.encode(), b"{", OURS) for key in ("u", "v", "w")]
        await write(corner, [*(raised(key, 1) for key in keys), *unreadable, raised("c", 1)], partition=0)
        await took_effect(pool, {"c": [1]})
        found = {
            cause: int(count) for cause, _, _, count, *_ in rows(await operator.does(service, "parked list"))
        }
        barred, broken = sorted(found, key=lambda cause: -found[cause])
        assert (found[barred], found[broken]) == (5, 3)
        question = f"Replay 5 messages of 5 keys, parked for {barred}?"

        printed = await operator.does(service, "parked replay-all CAUSE", fails=True, CAUSE=barred)
        assert printed == f"{question} Nobody can be asked: say --yes.\n"
        toy.setattr(terminal, "can_ask", lambda: True)
        assert await said(service, "parked", "replay-all", barred, answer="n\n") == (
            1,
            f"{question} [y/N]: n\nAborted.\n",
        )
        code, printed = await said(service, "parked", "replay-all", barred, answer="y\n")
        assert (code, printed.splitlines()[-1]) == (1, "still parked: 5 keys")
        await pool.execute("DELETE FROM barred WHERE key <> 'k3'")
        code, printed = await said(service, "parked", "replay-all", barred, "--yes")
        assert (code, printed.splitlines()[-1]) == (1, "applied: 4 keys, still parked: 1 keys")

        drop = 'parked drop-all CAUSE --reason "…" --yes'
        printed = await operator.does(service, drop, CAUSE=broken)
        assert printed.splitlines()[-1] == "dropped 3 messages of 3 keys"
        assert (
            await operator.does(service, drop, fails=True, CAUSE=broken)
            == f"No key is parked for {broken}.\n"
        )
        await took_effect(pool, {"c": [1], **{key: [1] for key in keys if key != "k3"}})
        assert [row["key"] for row in await pool.fetch("SELECT key FROM parked_key")] == ["k3"]


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

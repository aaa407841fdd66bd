"""Three brokers with three copies of everything, of which one or two die."""

import asyncio

from deploy.local.server import Server
from shared.testing.waiting import eventually
from tests.faults import brokers
from tests.faults.row import Row
from tests.faults.stage import Stage

ROUNDS = 3
# Longer than a dead broker keeps its partitions (`broker.session.timeout.ms`).
DEAD_SECONDS = 10.0
AWAY_SECONDS = 10.0

_LONGEST_PAUSE = """
SELECT extract(epoch FROM max(pause))::float8 FROM (SELECT at - lag(at) OVER (ORDER BY id) AS pause FROM effect) AS p"""


async def killed_in_turn(stage: Stage) -> None:
    """The leader of most partitions dies, then the controller: the other two go on. Then two die at once, and nothing
    can be written until one is back."""
    all_three = stage.servers.kafka_processes
    writer, _ = await stage.start_both()
    async with stage.under_load(writer):
        for number in range(1, ROUNDS + 1):
            leader = await brokers.find_leader(stage.kafka, all_three)
            await one_killed(stage, leader, f"leader killed ({number})")
            controller = await asyncio.to_thread(brokers.find_controller, all_three)
            await one_killed(stage, controller, f"controller killed ({number})")
        stage.measurements["longest time without an effect, one killed"] = await stage.pool.fetchval(
            _LONGEST_PAUSE
        )
        async with stage.inject_fault("two of three killed"):
            pair = all_three[:2]
            await asyncio.gather(*(asyncio.to_thread(broker.kill) for broker in pair))
            await asyncio.sleep(AWAY_SECONDS)
            for broker in pair:
                broker.start_again()
            await asyncio.gather(*(asyncio.to_thread(broker.wait_until_ready) for broker in pair))


async def one_killed(stage: Stage, broker: Server, name: str) -> None:
    """Work goes on without it; then it comes back and catches up."""
    async with stage.inject_fault(name):
        await asyncio.to_thread(broker.kill)
        await asyncio.sleep(DEAD_SECONDS)
    async with stage.inject_fault(f"{name}: back"):
        await asyncio.to_thread(broker.restart)
    await eventually(
        lambda: brokers.is_fully_replicated(stage.kafka, len(stage.servers.kafka_processes)), seconds=60
    )


ROWS = (
    Row(
        21,
        "three brokers: leader and controller killed in turn, two at once",
        killed_in_turn,
        True,
        brokers=3,
    ),
)

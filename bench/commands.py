"""Commands a second by concurrent writers, and what each part of a message's way costs them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench import work
from bench.child import Child, running_child
from bench.contestants import OURS, stop_children
from bench.environment import ContestSetup, Environment, fresh_environment
from bench.meter import Meter
from bench.sizes import Sizes

WRITERS, RELAY, READER = "writers", "relay", "reader"


@dataclass(frozen=True)
class Step:
    """What a command does besides its card, and what runs beside the writers. The relay is a part of their process,
    as in a service, unless it is `apart`."""

    title: str
    empty: int = 0
    message: bool = False
    relay: bool = False
    apart: bool = False
    consumer: bool = False

    @property
    def process_names(self) -> list[str]:
        return [WRITERS, *([RELAY] if self.apart else []), *([READER] if self.consumer else [])]


BARE = Step("nothing else")
WHOLE = Step("a row, relay and consumer", message=True, relay=True, consumer=True)
STEPS = (
    BARE,
    Step("an empty statement", empty=1),
    Step("a row in the outbox", message=True),
    Step("a row, and the relay", message=True, relay=True),
    WHOLE,
    Step("the same, relay in its own process", message=True, relay=True, apart=True, consumer=True),
)


async def measure_steps(setup: ContestSetup, sizes: Sizes) -> dict[str, Any]:
    """Commands a second, and CPU in µs a command of every process, step by step."""
    results = {step.title: await measure_step(setup, sizes, step) for step in STEPS}
    whole, bare = results[WHOLE.title], results[BARE.title]["rate"]
    ledger = {name: value for name, value in whole.items() if name not in ("rate", "cpu")}
    return {
        "with messages": whole["rate"],
        "without": bare,
        "ratio": whole["rate"] / bare,
        "steps": results,
        **ledger,
    }


async def measure_step(setup: ContestSetup, sizes: Sizes, step: Step) -> dict[str, Any]:
    async with fresh_environment(setup) as environment, AsyncExitStack() as stack:
        children = {
            name: await stack.enter_async_context(_connected_child(environment, name))
            for name in step.process_names
        }
        if step.consumer:
            await children[READER].call("start_consumer")
        if step.relay:
            await children.get(RELAY, children[WRITERS]).call("start_relay")
        meter = Meter(setup, children)
        await meter.start()
        given = {"writers": sizes.writers, "seconds": sizes.seconds / 2}
        operation = "run_concurrently" if step.message else "run_without_messages"
        more = {} if step.message else {"empty": step.empty}
        rate = (await children[WRITERS].call(operation, **given, **more))["rate"]
        cpu = await meter.cpu_per_piece(rate * given["seconds"])
        ledger = await environment.read_ledger() if step.consumer else {}
        await stop_children(*children.values())
    return {"rate": rate, "cpu": cpu, **ledger}


@asynccontextmanager
async def _connected_child(environment: Environment, name: str) -> AsyncIterator[Child]:
    async with running_child(
        OURS.reader if name == READER else OURS.owner, environment.as_arguments
    ) as child:
        await child.call("connect", schema=work.READER if name == READER else work.OWNER)
        yield child

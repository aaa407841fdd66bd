"""Commands a second by concurrent writers, and what each part of a message's way takes from them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench import work
from bench.child import Child, started
from bench.contestants import OURS, stop
from bench.ground import Ground, Stage, fresh
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
    def processes(self) -> list[str]:
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


async def steps(stage: Stage, sizes: Sizes) -> dict[str, Any]:
    """Commands a second, and CPU in µs a command of every process, step by step."""
    figures = {step.title: await _held(stage, sizes, step) for step in STEPS}
    whole, bare = figures[WHOLE.title], figures[BARE.title]["rate"]
    ledger = {name: value for name, value in whole.items() if name not in ("rate", "cpu")}
    return {
        "with messages": whole["rate"],
        "without": bare,
        "ratio": whole["rate"] / bare,
        "steps": figures,
        **ledger,
    }


async def _held(stage: Stage, sizes: Sizes, step: Step) -> dict[str, Any]:
    async with fresh(stage) as ground, AsyncExitStack() as stack:
        children = {name: await stack.enter_async_context(_opened(ground, name)) for name in step.processes}
        if step.consumer:
            await children[READER].ask("consume")
        if step.relay:
            await children.get(RELAY, children[WRITERS]).ask("relay")
        meter = Meter(stage, children)
        await meter.begin()
        given = {"writers": sizes.writers, "seconds": sizes.seconds / 2}
        verb = "together" if step.message else "alone"
        more = {} if step.message else {"empty": step.empty}
        rate = (await children[WRITERS].ask(verb, **given, **more))["rate"]
        cpu = await meter.taken(rate * given["seconds"])
        ledger = await ground.ledger() if step.consumer else {}
        await stop(*children.values())
    return {"rate": rate, "cpu": cpu, **ledger}


@asynccontextmanager
async def _opened(ground: Ground, name: str) -> AsyncIterator[Child]:
    async with started(OURS.reader if name == READER else OURS.owner, ground.told) as child:
        await child.ask("open", schema=work.READER if name == READER else work.OWNER)
        yield child

"""The rounds: what each contestant is asked to do, in what order, and what is taken down."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench import backlog, commands, conditions, cost, history, kills, memory, work
from bench.backlog import drain
from bench.child import started
from bench.contestants import FASTSTREAM_OUTBOX, NAIVE, OURS, WATERMILL, Contestant, stop
from bench.ground import Ground, Stage, fresh
from bench.sizes import Sizes

Figures = dict[str, Any]
Part = Callable[[], Awaitable[Figures]]


@dataclass(frozen=True)
class Contest:
    """All contestants on the same servers, one after the other, in every round; some parts only once."""

    stage: Stage
    sizes: Sizes
    peers: Sequence[Contestant]
    say: Callable[[str], None]

    async def rounds(self) -> list[Figures]:
        """The figures of each round."""
        async with self._aged() as aged:
            return [await self._round(f"round {n}", aged) for n in range(1, self.sizes.rounds + 1)]

    async def once(self) -> Figures:
        """What is counted, not timed, and so is done once: conditions, kills, memory, and the profile."""
        parts: dict[str, Part] = {}
        for contestant in (OURS, *self.peers):
            parts[f"{conditions.EARLY}: {contestant.name}"] = self._part(conditions.early, contestant)
            parts[f"{conditions.IDLE}: {contestant.name}"] = self._part(conditions.idle, contestant)
        for contestant in (OURS, NAIVE):
            parts[f"killed: {contestant.name}"] = self._part(kills.losses, contestant)
        parts["profile"] = lambda: cost.profiled(self.stage, self.sizes)
        if self.sizes.memory:
            parts["memory"] = lambda: memory.growth(self.stage, self.sizes.memory)
        return await self._hold("once", parts)

    def _part(
        self, part: Callable[[Stage, Contestant, Sizes], Awaitable[Figures]], contestant: Contestant
    ) -> Part:
        return lambda: part(self.stage, contestant, self.sizes)

    async def _round(self, name: str, aged: Ground | None) -> Figures:
        """What is divided by each other stands side by side, so that the machine is the same for both."""
        parts: dict[str, Part] = {}
        if aged is not None:
            parts["history"] = lambda: self.drain(OURS, aged.renewed())
        parts |= {"ours": lambda: self.drain(OURS), "serial": self.serial}
        parts |= {peer.name: self._drain_of(peer) for peer in self.peers}
        parts |= {"naive": self.drain_naive, "naive, receiving half": self.drain_naive_half}
        figures = await self._hold(name, parts | {"commands": lambda: commands.steps(self.stage, self.sizes)})
        half = figures["commands"]["with messages"] / 2
        latencies: dict[str, Part] = {
            "latency at half": lambda: self.latency(OURS, half),
            "latency of ours": lambda: self.latency(OURS, self.sizes.rate),
            "latency of naive": lambda: self.latency(NAIVE, self.sizes.rate),
            "calm latency of ours": lambda: self.latency(OURS, self.sizes.calm),
            "calm latency of naive": lambda: self.latency(NAIVE, self.sizes.calm),
        }
        return figures | await self._hold(name, latencies)

    async def _hold(self, name: str, parts: dict[str, Part]) -> Figures:
        figures: Figures = {}
        for title, part in parts.items():
            figures[title] = await part() | {"load": round(os.getloadavg()[0], 1)}
            self.say(f"{name}: {title}: {_short(figures[title])}")
        return figures

    @asynccontextmanager
    async def _aged(self) -> AsyncIterator[Ground | None]:
        """A ground with a history, made once and used by every round."""
        if not self.sizes.history:
            yield None
            return
        async with fresh(self.stage) as ground:
            self.say(f"making a history of {self.sizes.history:,} rows in outbox and inbox")
            await history.age(self.stage.servers.postgres, await ground.database(), self.sizes.history)
            yield ground

    def _drain_of(self, peer: Contestant) -> Part:
        return lambda: self.drain(peer, messages=self.sizes.slow_backlog)

    async def drain(
        self,
        contestant: Contestant,
        place: AbstractAsyncContextManager[Ground] | None = None,
        messages: int | None = None,
    ) -> Figures:
        """A backlog in the outbox, from the relay's first breath to the last effect; on a fresh ground, or `place`."""
        size = messages or self.sizes.backlog
        async with place or fresh(self.stage) as ground, contestant.pair(ground) as (owner, reader):
            insert = await owner.ask("fill", backlog=size, members=self.sizes.members(size))
            await reader.ask("consume")
            figures = await drain(self.stage, ground, {"owner": owner, "reader": reader}, "relay", size)
            figures |= await ground.ledger()
            await stop(owner, reader)
        return figures | {"insert": insert["rate"]}

    async def serial(self) -> Figures:
        """The same backlog, stage by stage."""
        size = self.sizes.backlog
        async with fresh(self.stage) as ground:
            async with started(OURS.owner, ground.told) as owner:
                await owner.ask("open", schema=work.OWNER)
                insert = await owner.ask("fill", backlog=size, members=self.sizes.members(size))
                await owner.ask("stop")
            async with started("bench.serial", ground.told) as alone:
                await ground.connection.execute("CHECKPOINT")
                stages = await alone.ask("stages", backlog=size)
            ledger = await ground.ledger()
        limit = 1 / sum(1 / rate for rate in stages.values())
        return {"rate": limit, "stages": {"insert": insert["rate"], **stages}, **ledger}

    async def drain_naive(self) -> Figures:
        """A backlog of commands on a topic; each is handled, published, and noted by the other process."""
        async with fresh(self.stage) as ground, NAIVE.pair(ground) as (owner, reader):
            await backlog.commands(ground, self.sizes.slow_backlog)
            await reader.ask("consume")
            figures = await drain(
                self.stage, ground, {"owner": owner, "reader": reader}, "command", self.sizes.slow_backlog
            )
            figures |= await ground.ledger()
            await stop(owner, reader)
        return figures

    async def drain_naive_half(self) -> Figures:
        """A backlog of cards on their topic; only received and noted, one by one."""
        async with fresh(self.stage) as ground, started(NAIVE.reader, ground.told) as reader:
            await reader.ask("open", schema=work.READER)
            await backlog.cards(ground, self.sizes.slow_backlog)
            figures = await drain(self.stage, ground, {"reader": reader}, "consume", self.sizes.slow_backlog)
            await stop(reader)
        return figures

    async def latency(self, contestant: Contestant, rate: float) -> Figures:
        """Commit → applied at a steady rate, with a tenth more commands before it to warm up."""
        count = round(rate * self.sizes.seconds)
        warm = max(count // 10, 20)
        async with fresh(self.stage) as ground, contestant.pair(ground) as (owner, reader):
            await reader.ask("consume")
            await owner.ask("relay")
            await owner.ask("steadily", rate=rate, count=warm, first=0)
            await ground.until(warm)
            await owner.ask("steadily", rate=rate, count=count, first=warm)
            ledger = await ground.ledger()
            taken = await ground.latencies(warm)
            await stop(owner, reader)
        return {"rate": rate, "p50": _percentile(taken, 50), "p99": _percentile(taken, 99), **ledger}


def peers(built: bool) -> list[Contestant]:
    """Relays by others; Watermill's only where it could be built."""
    return [FASTSTREAM_OUTBOX, WATERMILL] if built else [FASTSTREAM_OUTBOX]


def _percentile(ascending: list[float], percent: int) -> float:
    return ascending[min(len(ascending) * percent // 100, len(ascending) - 1)]


def _short(figures: Figures) -> str:
    plain = {name: value for name, value in figures.items() if not isinstance(value, dict | list)}
    return ", ".join(
        f"{name} {value:,.1f}" if isinstance(value, float) else f"{name} {value:,}"
        for name, value in plain.items()
    )

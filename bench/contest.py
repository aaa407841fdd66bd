"""The rounds: what each contestant is asked to do, in what order, and what is taken down."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import work
from bench.child import Child, started
from bench.ground import Ground, fresh
from deploy.local.servers import Servers
from shared.messaging.sender import Record, Sender

Figures = dict[str, Any]
PAGE = 1000


@dataclass(frozen=True)
class Sizes:
    """How much of everything: messages, rounds, seconds, commands a second, concurrent writers, rows."""

    backlog: int = 200_000
    naive_backlog: int = 5_000
    rounds: int = 3
    rate: int = 200
    seconds: int = 10
    writers: int = 8
    history: int = 0

    @property
    def members(self) -> int:
        """How many cards the backlog is about: each changes about ten times."""
        return max(self.backlog // 10, 200)


@dataclass(frozen=True)
class Contest:
    """All contestants on the same servers, one after the other, in every round."""

    servers: Servers
    logs: Path
    sizes: Sizes
    say: Callable[[str], None]

    async def rounds(self) -> list[Figures]:
        """The figures of each round."""
        return [await self._round(number) for number in range(1, self.sizes.rounds + 1)]

    async def _round(self, number: int) -> Figures:
        figures: Figures = {}
        contestants: dict[str, Callable[[], Awaitable[Figures]]] = {
            "ours": self.drain_ours,
            "serial": self.serial,
            "naive": self.drain_naive,
            "naive, receiving half": self.drain_naive_half,
            "latency of ours": lambda: self.latency("bench.ours", "relay"),
            "latency of naive": lambda: self.latency("bench.naive", "publish"),
            "commands": self.commands,
        }
        if self.sizes.history:
            contestants["history"] = lambda: self.drain_ours(self.sizes.history)
        for name, contestant in contestants.items():
            figures[name] = await contestant() | {"load": round(os.getloadavg()[0], 1)}
            self.say(f"round {number}: {name}: {_short(figures[name])}")
        return figures

    async def drain_ours(self, history: int = 0) -> Figures:
        """A backlog in the outbox, from the relay's first breath to the last effect."""
        async with fresh(self.servers, self.logs) as ground:
            if history:
                await ground.age(history)
            async with _pair("bench.ours", ground) as (owner, reader):
                insert = await owner.ask("fill", backlog=self.sizes.backlog, members=self.sizes.members)
                await reader.ask("consume")
                figures = await self._drain(ground, owner, reader, "relay", self.sizes.backlog)
                return figures | {"insert": insert["rate"]}

    async def serial(self) -> Figures:
        """The same backlog, stage by stage."""
        async with fresh(self.servers, self.logs) as ground:
            async with started("bench.ours", ground.told) as owner:
                await owner.ask("open", schema=work.OWNER)
                insert = await owner.ask("fill", backlog=self.sizes.backlog, members=self.sizes.members)
                await owner.ask("stop")
            async with started("bench.serial", ground.told) as alone:
                await ground.connection.execute("CHECKPOINT")
                stages = await alone.ask("stages", backlog=self.sizes.backlog)
            limit = 1 / sum(1 / rate for rate in stages.values())
            counts = await ground.settled()
        return {"rate": limit, "stages": {"insert": insert["rate"], **stages}, **counts._asdict()}

    async def drain_naive(self) -> Figures:
        """A backlog of commands on a topic; each is handled, published, and noted by the other process."""
        async with fresh(self.servers, self.logs) as ground, _pair("bench.naive", ground) as (owner, reader):
            await self._put(ground, work.COMMAND.name, lambda who, _: work.Command(member=who))
            await reader.ask("consume")
            return await self._drain(ground, owner, reader, "command", self.sizes.naive_backlog)

    async def drain_naive_half(self) -> Figures:
        """A backlog of cards on their topic; only received and noted, one by one."""
        async with fresh(self.servers, self.logs) as ground, started("bench.naive", ground.told) as reader:
            await reader.ask("open", schema=work.READER)
            await self._put(ground, work.CARD.name, work.card)
            return await self._drain(ground, reader, reader, "consume", self.sizes.naive_backlog, owned=False)

    async def latency(self, module: str, way: str) -> Figures:
        """Commit → applied at a steady rate, with a tenth more commands before it to warm up."""
        rate, count = self.sizes.rate, self.sizes.rate * self.sizes.seconds
        warm = max(count // 10, 20)
        async with fresh(self.servers, self.logs) as ground, _pair(module, ground) as (owner, reader):
            await reader.ask("consume")
            await owner.ask(way)
            await owner.ask("steadily", rate=rate, count=warm, first=0)
            await ground.until(warm)
            await owner.ask("steadily", rate=rate, count=count, first=warm)
            counts = await ground.settled()
            taken = await ground.latencies(warm)
            await _stop(owner, reader)
        return {"p50": _percentile(taken, 50), "p99": _percentile(taken, 99), **counts._asdict()}

    async def commands(self) -> Figures:
        """Commands a second by concurrent writers: with an outbox row each, relay and consumer running, against
        the same commands without an outbox row and with nothing else running."""
        rates = {}
        for name, messages in {"with messages": True, "without": False}.items():
            async with (
                fresh(self.servers, self.logs) as ground,
                _pair("bench.ours", ground) as (owner, reader),
            ):
                if messages:
                    await reader.ask("consume")
                    await owner.ask("relay")
                given = {"writers": self.sizes.writers, "seconds": self.sizes.seconds / 2}
                rates[name] = (await owner.ask("together", **given, messages=messages))["rate"]
                if messages:
                    counts = await ground.settled()
                await _stop(owner, reader)
        return {**rates, "ratio": rates["with messages"] / rates["without"], **counts._asdict()}

    async def _drain(
        self, ground: Ground, owner: Child, reader: Child, verb: str, backlog: int, *, owned: bool = True
    ) -> Figures:
        await ground.connection.execute("CHECKPOINT")
        before = [await child.ask("figures") for child in (owner, reader)]
        await owner.ask(verb)
        rate = await ground.until(backlog)
        after = [await child.ask("figures") for child in (owner, reader)]
        counts = (await ground.settled())._asdict() if owned else {}
        await _stop(*dict.fromkeys((owner, reader)))
        cpu = [(now["cpu"] - then["cpu"]) / backlog * 1e6 for now, then in zip(after, before, strict=True)]
        memory = [round(now["memory"]) for now in after]
        return {"rate": rate, "cpu": cpu, "memory": memory, **counts}

    async def _put(self, ground: Ground, topic: str, value: Callable[[UUID, int], Any]) -> None:
        """The naive one's backlog, put on a topic as fast as it goes."""
        sender = Sender(ground.kafka)
        for first in range(0, self.sizes.naive_backlog, PAGE):
            numbers = range(first, min(first + PAGE, self.sizes.naive_backlog))
            await sender.send([_record(ground.kafka.name(topic), number, value) for number in numbers])
        await sender.close()


def _record(topic: str, number: int, value: Callable[[UUID, int], Any]) -> Record:
    who = work.member(number // 10)
    body = value(who, number % 10 + 1).model_dump_json().encode()
    headers = [("content-type", b"application/json")]
    return Record(topic, str(who).encode(), body, headers, time.time_ns() // 1_000_000)


@asynccontextmanager
async def _pair(module: str, ground: Ground) -> AsyncIterator[tuple[Child, Child]]:
    """The owner's and the reader's process of a contestant, connected to their schemas."""
    async with AsyncExitStack() as processes:
        owner, reader = await asyncio.gather(
            *(processes.enter_async_context(started(module, ground.told)) for _ in range(2))
        )
        await asyncio.gather(owner.ask("open", schema=work.OWNER), reader.ask("open", schema=work.READER))
        yield owner, reader


async def _stop(*children: Child) -> None:
    for child in children:
        await child.ask("stop")


def _percentile(ascending: list[float], percent: int) -> float:
    return ascending[min(len(ascending) * percent // 100, len(ascending) - 1)]


def _short(figures: Figures) -> str:
    plain = {name: value for name, value in figures.items() if not isinstance(value, dict | list)}
    return ", ".join(
        f"{name} {value:,.1f}" if isinstance(value, float) else f"{name} {value:,}"
        for name, value in plain.items()
    )

"""The contest: which parts are measured, in what order, and how often."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bench import commands, conditions, cost, history, kills, memory
from bench.contestants import FASTSTREAM_OUTBOX, NAIVE, OURS, WATERMILL, Contestant
from bench.drains import (
    Measurements,
    measure_drain,
    measure_naive_drain,
    measure_naive_half,
    measure_serial_limit,
)
from bench.environment import ContestSetup, Environment, fresh_environment
from bench.latency import measure_latency
from bench.sizes import Sizes

Part = Callable[[], Awaitable[Measurements]]


@dataclass(frozen=True)
class Contest:
    """All contestants on the same servers, one after the other, in every round; some parts only once."""

    setup: ContestSetup
    sizes: Sizes
    peers: Sequence[Contestant]
    print_line: Callable[[str], None]

    async def run_rounds(self) -> list[Measurements]:
        """The measurements of each round, by part."""
        async with self._aged_environment() as aged:
            return [await self._run_round(f"round {n}", aged) for n in range(1, self.sizes.rounds + 1)]

    async def run_once(self) -> Measurements:
        """The measurements of all parts that are run once."""
        return await self._run_parts("once", self.parts_run_once())

    def throughput_parts(self, aged: Environment | None) -> dict[str, Part]:
        """What is divided by each other stands side by side, so that the machine is the same for both."""
        setup, whole, slow = self.setup, self.sizes.backlog, self.sizes.slow_backlog
        parts: dict[str, Part] = {}
        if aged is not None:
            parts["history"] = lambda: measure_drain(setup, OURS, whole, aged.renewed_environment())
        parts["ours"] = partial(measure_drain, setup, OURS, whole)
        parts["serial"] = partial(measure_serial_limit, setup, whole)
        for peer in self.peers:
            parts[peer.name] = partial(measure_drain, setup, peer, slow)
        parts["naive"] = partial(measure_naive_drain, setup, slow)
        parts["naive, receiving half"] = partial(measure_naive_half, setup, slow)
        parts["commands"] = partial(commands.measure_steps, setup, self.sizes)
        return parts

    def latency_parts(self, half_of_maximum: float) -> dict[str, Part]:
        """Latencies at several rates of commands a second."""
        rates = {
            "latency at half": (OURS, half_of_maximum),
            "latency of ours": (OURS, self.sizes.rate),
            "latency of naive": (NAIVE, self.sizes.rate),
            "calm latency of ours": (OURS, self.sizes.calm),
            "calm latency of naive": (NAIVE, self.sizes.calm),
        }
        return {
            title: partial(measure_latency, self.setup, contestant, rate, self.sizes.seconds)
            for title, (contestant, rate) in rates.items()
        }

    def parts_run_once(self) -> dict[str, Part]:
        """What is counted, not timed, and so is done once: conditions, kills, profile, and memory."""
        parts: dict[str, Part] = {}
        for contestant in (OURS, *self.peers):
            given = (self.setup, contestant, self.sizes)
            parts[f"{conditions.EARLY}: {contestant.name}"] = partial(conditions.measure_early_ids, *given)
            parts[f"{conditions.IDLE}: {contestant.name}"] = partial(conditions.measure_idle_session, *given)
        for contestant in (OURS, NAIVE):
            losses = partial(kills.measure_losses, self.setup, contestant, self.sizes)
            parts[f"killed: {contestant.name}"] = losses
        parts["profile"] = partial(cost.measure_profile, self.setup, self.sizes)
        if self.sizes.memory:
            parts["memory"] = partial(memory.measure_growth, self.setup, self.sizes.memory)
        return parts

    async def _run_round(self, name: str, aged: Environment | None) -> Measurements:
        measured = await self._run_parts(name, self.throughput_parts(aged))
        half = measured["commands"]["with messages"] / 2
        return measured | await self._run_parts(name, self.latency_parts(half))

    async def _run_parts(self, name: str, parts: Mapping[str, Part]) -> Measurements:
        measured: Measurements = {}
        for title, part in parts.items():
            measured[title] = await part() | {"load": round(os.getloadavg()[0], 1)}
            self.print_line(f"{name}: {title}: {_summarise(measured[title])}")
        return measured

    @asynccontextmanager
    async def _aged_environment(self) -> AsyncIterator[Environment | None]:
        """An environment with a history, made once and used by every round."""
        if not self.sizes.history:
            yield None
            return
        async with fresh_environment(self.setup) as environment:
            self.print_line(f"making a history of {self.sizes.history:,} rows in outbox and inbox")
            superuser, database = self.setup.servers.postgres, await environment.database_name()
            await history.add_history(superuser, database, self.sizes.history)
            yield environment


def list_peers(built: bool) -> list[Contestant]:
    """Relays by others; Watermill's only where it could be built."""
    return [FASTSTREAM_OUTBOX, WATERMILL] if built else [FASTSTREAM_OUTBOX]


def _summarise(measured: Measurements) -> str:
    plain = {name: value for name, value in measured.items() if not isinstance(value, dict | list)}
    return ", ".join(
        f"{name} {value:,.1f}" if isinstance(value, float) else f"{name} {value:,}"
        for name, value in plain.items()
    )

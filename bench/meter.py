"""How much CPU a piece of work takes, in each process of a contestant and in each server that is ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import cpu
from bench.child import Child
from bench.ground import Stage


@dataclass
class Meter:
    """Begin, let it work, and ask what it took. The processes are named as in `children`."""

    stage: Stage
    children: Mapping[str, Child]
    _before: dict[str, float] = field(default_factory=dict)

    async def begin(self) -> None:
        self._before = await self._now()

    async def taken(self, pieces: float) -> dict[str, float]:
        """CPU since the beginning, in µs for each of so many pieces."""
        now = await self._now()
        return {name: (now[name] - before) / pieces * 1e6 for name, before in self._before.items()}

    async def _now(self) -> dict[str, float]:
        own = {name: (await child.ask("figures"))["cpu"] for name, child in self.children.items()}
        return own | self._served()

    def _served(self) -> dict[str, float]:
        postgres, brokers = self.stage.servers.own_postgres, self.stage.servers.kafka_processes
        taken = {"PostgreSQL": cpu.seconds(postgres.pid)} if postgres else {}
        return taken | ({"Kafka": sum(cpu.seconds(broker.pid) for broker in brokers)} if brokers else {})

"""How much CPU a piece of work takes, in each process of a contestant and in each server that is ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import cpu
from bench.child import Child
from bench.environment import ContestSetup


@dataclass
class Meter:
    """Begin, let it work, and ask what it took. The processes are named as in `children`."""

    setup: ContestSetup
    children: Mapping[str, Child]
    _before: dict[str, float] = field(default_factory=dict)

    async def start(self) -> None:
        self._before = await self._read_cpu()

    async def cpu_per_piece(self, pieces: float) -> dict[str, float]:
        """CPU since the beginning, in µs for each of so many pieces."""
        now = await self._read_cpu()
        return {name: (now[name] - before) / pieces * 1e6 for name, before in self._before.items()}

    async def _read_cpu(self) -> dict[str, float]:
        own = {name: (await child.call("measure_usage"))["cpu"] for name, child in self.children.items()}
        return own | self._read_server_cpu()

    def _read_server_cpu(self) -> dict[str, float]:
        postgres, brokers = self.setup.servers.own_postgres, self.setup.servers.kafka_processes
        taken = {"PostgreSQL": cpu.cpu_seconds(postgres.pid)} if postgres else {}
        return taken | ({"Kafka": sum(cpu.cpu_seconds(broker.pid) for broker in brokers)} if brokers else {})

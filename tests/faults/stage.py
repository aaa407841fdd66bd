"""The stage of a row: servers, processes of the service, load, and faults whose recovery is measured."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, transaction
from shared.runtime.settings import build_environment
from shared.testing.waiting import eventually
from tests.faults import ledger
from tests.faults.checker import Judgement
from tests.faults.processes import SERVICE, Process
from tests.faults.service import entries

RATE = 150.0
RECOVERY_SECONDS = 60.0
# Lag is normal while no more waits than comes in a quarter of a second.
NORMAL_SECONDS = 0.25
LOOK_SECONDS = 0.05

# Without accounts that only a row's own messages name.
LAG = """
SELECT (SELECT count(*) FROM entry),
       (SELECT count(*) FROM entry) - (SELECT count(*) FROM effect WHERE account IN (SELECT account FROM bank_account))
       - (SELECT count(*) FROM parked WHERE key IN (SELECT account FROM bank_account))"""

# Where the topic doesn't keep all versions, an account waits until its last one is known.
LAG_OF_ACCOUNTS = f"""
SELECT (SELECT count(*) FROM entry), (
    SELECT count(*) FROM bank_account a LEFT JOIN known k USING (account)
    WHERE k.sequence IS NULL OR k.sequence % {entries.GENERATION} < a.version)"""


@dataclass(frozen=True)
class RandomSettings:
    """The settings of random faults: the seed, and how long they go on."""

    seed: int = 1
    seconds: float = 900.0


DEFAULT_RANDOM = RandomSettings()


@dataclass
class Stage:
    """What a row acts on. A row adds to `parked` the accounts that may be parked at the end, to `forged` the ids of
    messages that it wrote itself, to `undone` the values that it took back, and to `measurements` what it measured;
    `compacted`: the topic keeps only the last version of each account. One that has no accounts sets `judgement`."""

    servers: Servers
    kafka: Kafka
    dsn: str
    pool: Pool
    folder: Path
    program: Sequence[str] = SERVICE
    random_settings: RandomSettings = DEFAULT_RANDOM
    forged: set[UUID] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    parked: set[str] = field(default_factory=set)
    compacted: bool = False
    judgement: Judgement | None = None
    measurements: dict[str, float] = field(default_factory=dict)
    recoveries: dict[str, float] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    ledgers: list[Path] = field(default_factory=list)
    _rate: float = 0.0

    def add_process(
        self,
        name: str,
        *arguments: str,
        dsn: str | None = None,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] | None = None,
    ) -> Process:
        """A process of the service that isn't started yet, with these arguments."""
        settings = {
            **build_environment(self.kafka),
            "ALUMNIBUS_DATABASE": dsn or self.dsn,
        }
        log = self.folder / f"{name}.log"
        made = Process(
            name,
            self.servers.children,
            log,
            program or self.program,
            arguments,
            {**settings, **(environment or {})},
        )
        self.processes[name] = made
        return made

    def add_writer(self, name: str = "writer", *, dsn: str | None = None) -> Process:
        """The API and the relay, not started yet."""
        return self.add_process(name, "serve", "--only=api", "--only=relay", dsn=dsn)

    def add_reader(self, name: str = "reader", *, dsn: str | None = None) -> Process:
        """The consumer, not started yet."""
        return self.add_process(name, "serve", "--only=consumers", dsn=dsn)

    async def start_both(self) -> tuple[Process, Process]:
        """A writer and a reader, started and ready."""
        made = self.add_writer(), self.add_reader()
        await asyncio.gather(*(process.start_and_wait() for process in made))
        return made

    @asynccontextmanager
    async def under_load(self, writer: Process, rate: float = RATE) -> AsyncIterator[None]:
        """`rate` operations a second through the writer's API, from the first acknowledged one until the block
        ends; then those that are asked again get their last while."""
        path = self.folder / f"ledger{len(self.ledgers)}.jsonl"
        arguments = ("--url", writer.base_url, "--ledger", str(path), "--rate", str(rate))
        generator = self.add_process(
            f"generator{len(self.ledgers)}", *arguments, program=("tests.faults.generator",)
        )
        self._rate += rate
        generator.start_process()
        self.ledgers.append(path)

        async def any_acknowledged() -> bool:
            return path.exists() and bool(ledger.read_ledger([path]).acknowledged)

        await eventually(any_acknowledged)
        try:
            yield
        finally:
            self._rate -= rate
            code = await generator.stop()
            assert code == 0, f"the generator ended with {code}; its log is {generator.log}"

    @asynccontextmanager
    async def inject_fault(self, name: str, *, seconds: float = RECOVERY_SECONDS) -> AsyncIterator[None]:
        """Under load: a fault that is over at the block's end. Returns when the lag is normal again, and keeps how
        long that took. Raises AssertionError if it takes longer than `seconds`."""
        yield
        over = time.monotonic()
        first = await eventually(self._read_lag, seconds=seconds)
        before = first[0] if first else 0

        async def lag_is_normal() -> bool:
            made, lag = await self._read_lag() or (0, 0)
            return made > before + self._rate / 10 and lag <= self._rate * NORMAL_SECONDS

        await eventually(lag_is_normal, seconds=seconds)
        self.recoveries[name] = time.monotonic() - over

    async def enter_values(self, *accounts: str) -> None:
        """One entry into each of these accounts, all in one transaction of ours, so in one page of the relay."""
        path = self.folder / "ledger-own.jsonl"
        if path not in self.ledgers:
            self.ledgers.append(path)
        async with ledger.open_book(path) as book:
            values = {account: f"own-{uuid4()}" for account in accounts}
            for account, value in values.items():
                await book.write_line("issued", value=value, account=account)
            async with transaction(self.pool) as tx:
                made = {
                    account: await entries.enter_value(tx, account, value)
                    for account, value in values.items()
                }
            for account, value in values.items():
                await book.write_line("acknowledged", value=value, version=made[account])

    async def wait_until_settled(self) -> None:
        """Under load: return when the lag is normal."""
        async with self.inject_fault("settled"):
            pass
        del self.recoveries["settled"]

    async def _read_lag(self) -> tuple[int, int] | None:
        """Entries made, and those without an effect; None while nobody answers. To count costs, so it rests first."""
        await asyncio.sleep(LOOK_SECONDS)
        try:
            row = await self.pool.fetchrow(LAG_OF_ACCOUNTS if self.compacted else LAG, timeout=5)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            return None
        return None if row is None else (row[0], row[1])

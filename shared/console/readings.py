"""How a service does at one moment, as its database, the brokers and this process say it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import TopicPartition
from starlette.datastructures import State

from shared.messaging import outbox
from shared.messaging.consumer import parking, positions
from shared.messaging.consumer.positions import Positions
from shared.messaging.kafka import Kafka
from shared.messaging.outbox_age import WAITING_SECONDS
from shared.postgres.pool import Tx
from shared.runtime import attempts, health
from shared.web.site import Site

# What is counted is counted up to here.
MOST = 1_000


@dataclass(frozen=True)
class States:
    """What a service has in which states. `count` says how many are in each, by its name, up to MOST; the names and
    the title are texts of the site."""

    site: Site
    title: str
    count: Callable[[Tx], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True)
class WorkerReading:
    """A worker: whether it runs in this process, what is wrong with it, and how many items failed and are put off."""

    name: str
    runs: bool
    trouble: str | None
    failed: int
    delayed: int


@dataclass(frozen=True)
class Stored:
    """What the database says: `unsent_seconds` is the age of the oldest message that isn't sent."""

    unsent_seconds: float
    unsent: int
    parked: int
    positions: Positions
    attempts: Mapping[str, tuple[int, int]]
    states: Mapping[str, int]


@dataclass(frozen=True)
class Reading:
    """How the service does. `lag` is how many records of each topic wait, None where that isn't known; `checks` is
    what is wrong with each part of this process."""

    at: datetime
    stored: Stored
    lag: Mapping[str, int | None]
    checks: Mapping[str, str | None]
    workers: Sequence[WorkerReading]

    @property
    def waiting(self) -> int:
        """How many records wait, of those topics of which that is known."""
        return sum(records or 0 for records in self.lag.values())

    @property
    def knows_waiting(self) -> bool:
        """Whether that is known of any topic."""
        return any(records is not None for records in self.lag.values())

    @property
    def is_behind(self) -> bool:
        """Whether messages wait for longer than they do when all is well."""
        return self.stored.unsent_seconds > WAITING_SECONDS


async def read_stored(tx: Tx, states: States | None) -> Stored:
    """What the database says."""
    rows = await positions.list_positions(tx)
    return Stored(
        await outbox.unsent_seconds(tx),
        await outbox.count_unsent(tx, MOST),
        await parking.count_parked_keys(tx),
        {TopicPartition(row["topic"], row["partition"]): row["next"] for row in rows},
        await attempts.count_by_worker(tx, MOST),
        await states.count(tx) if states else {},
    )


def build_reading(state: State, stored: Stored, ends: Positions | None) -> Reading:
    """What is known, put together with what this process says of its own parts."""
    service = state.service
    topics = [topic.name for topic in service.routes]
    return Reading(
        datetime.now(UTC),
        stored,
        measure_lag(service.settings.broker, topics, stored.positions, ends or {}),
        health.check_running(state),
        _read_workers(state, stored.attempts),
    )


def measure_lag(
    kafka: Kafka, topics: Collection[str], read: Positions, ends: Positions
) -> Mapping[str, int | None]:
    """How many records of each of these topics are behind what was read; None where nothing was, or no end is known."""
    lag: Counter[str] = Counter()
    for partition, end in ends.items():
        lag[kafka.catalogue_name(partition.topic)] += max(0, end - read[partition])
    return {topic: lag.get(topic) for topic in sorted(topics)}


def _read_workers(state: State, counted: Mapping[str, tuple[int, int]]) -> Sequence[WorkerReading]:
    """Those of this process, and those of others that have given something up or put it off."""
    running = {worker.name: worker for worker in state.workers}
    return [
        WorkerReading(
            name,
            name in running,
            running[name].trouble if name in running else None,
            *counted.get(name, (0, 0)),
        )
        for name in sorted({*running, *counted})
    ]

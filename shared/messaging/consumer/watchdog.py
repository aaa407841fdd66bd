"""The watchdog: a consumer that has records to read and doesn't move, though PostgreSQL and Kafka both answer, is
started again. (aiokafka's consumers are known to hang after a broker's restart, or without membership of their group,
and give no sign.)"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from shared.messaging import metrics
from shared.messaging.consumer.assignment import Assignment
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, acquire_within
from shared.postgres.transient import is_transient

log = structlog.get_logger(__name__)

CHECK_SECONDS = 5.0
ANSWER_SECONDS = 5.0
# Longer than a rebalance may last.
STALLED_SECONDS = 130.0
AGAIN_SECONDS = 600.0
_COUNT_WAITING = """
SELECT (SELECT count(*) FROM parked_key) AS parked_keys,
       (SELECT coalesce(sum(records), 0)::bigint FROM refused) AS refused_records"""


class ConsumerStuck(Exception):
    """It stood still again, soon after it had been started again: only a new process can help."""


class Watchdog:
    """Looks at one consumer from time to time, and says in metrics what it saw."""

    def __init__(
        self,
        name: str,
        kafka: Kafka,
        pool: Pool,
        consumer: Callable[[], AIOKafkaConsumer | None],
        assignment: Assignment,
    ) -> None:
        self.alarms: Mapping[str, int] = {}
        self._name = name
        self._kafka = kafka
        self._pool = pool
        self._consumer = consumer
        self._assignment = assignment
        self._checked_at = self._moved_at = time.monotonic()
        self._restarted_at = float("-inf")
        self._seen: Mapping[TopicPartition, int] = {}
        self._told: set[str] = set()

    @property
    def stalled_seconds(self) -> float:
        """For how many seconds it has had records to read, and not moved."""
        return time.monotonic() - self._moved_at

    async def restart_due(self, *, excused: bool) -> bool:
        """Whether the consumer is to be started again now; `excused`: it waits, and says for what.

        Raises `ConsumerStuck` where it was started again less than ten minutes ago.
        """
        if time.monotonic() - self._checked_at < CHECK_SECONDS:
            return False
        waiting = await self._should_move() and not excused and not self._assignment.lock.locked()
        if not waiting or self._seen != self._assignment.next_offsets:
            self._seen, self._moved_at = dict(self._assignment.next_offsets), time.monotonic()
        self._checked_at = time.monotonic()
        if self.stalled_seconds < STALLED_SECONDS:
            return False
        if time.monotonic() - self._restarted_at < AGAIN_SECONDS:
            raise ConsumerStuck
        self._moved_at = self._restarted_at = time.monotonic()
        return True

    async def _should_move(self) -> bool:
        """Whether it should move: PostgreSQL and Kafka answer, and there is something to read or no assignment."""
        if not await self._database_answers():
            return False
        complete = self._assignment.complete
        lag = await self._read_lag()
        if lag is None:
            return await self._kafka_answers()
        self._tell_lag(lag, complete=complete)
        return any(lag.values()) or not self._assignment.complete

    def _tell_lag(self, lag: Mapping[str, int], *, complete: bool) -> None:
        """Of a topic that others read now, nothing waits here; while partitions change hands, the last word stands."""
        if complete:
            lag = {**dict.fromkeys(self._told, 0), **lag}
        self._told |= lag.keys()
        for topic, records in lag.items():
            metrics.LAG.labels(self._name, self._kafka.catalogue_name(topic)).set(records)

    async def _database_answers(self) -> bool:
        try:
            async with acquire_within(self._pool, ANSWER_SECONDS) as connection:
                counted = await connection.fetchrow(_COUNT_WAITING)
        except Exception as error:
            # A schema that lacks a table is mended beside the consumer; who looks on mustn't end it meanwhile.
            if not is_transient(error) and not isinstance(error, asyncpg.PostgresError):
                raise
            return False
        assert counted is not None
        self.alarms = dict(counted)
        metrics.PARKED_KEYS.labels(self._name).set(self.alarms["parked_keys"])
        metrics.REFUSED_RECORDS.labels(self._name).set(self.alarms["refused_records"])
        metrics.STOPPED.labels(self._name).set(len(self._assignment.stopped))
        return True

    async def _read_lag(self) -> Counter[str] | None:
        """Records behind the positions, by topic as on the broker; None if the consumer can't learn it."""
        consumer, expected = self._consumer(), dict(self._assignment.next_offsets)
        if consumer is None:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                ends = await consumer.end_offsets(list(expected))
        except (KafkaError, TimeoutError, OSError):
            return None
        lag: Counter[str] = Counter()
        for tp, end in ends.items():
            lag[tp.topic] += max(0, end - expected[tp])
        return lag

    async def _kafka_answers(self) -> bool:
        """Asked by a client of its own: the consumer's may be what hangs."""
        client = AIOKafkaClient(**self._kafka.client_options)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await client.bootstrap()
            return True
        except (KafkaError, TimeoutError, OSError):
            return False
        finally:
            await client.close()

"""Replay of a parked key: what waits is applied in order, a page in one transaction with its release."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from functools import partial
from typing import TypeAlias

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import Topic
from shared.messaging.consumer import batch, parking
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.messaging.consumer.routes import Routes
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import is_transient

# A record may have a megabyte.
PAGE = 100
Begin: TypeAlias = Callable[[], AbstractAsyncContextManager[Tx]]


class ReplayOutcome(StrEnum):
    """What became of a replay."""

    APPLIED = "applied"
    STILL_PARKED = "still parked"
    NOT_PARKED = "not parked"


async def replay_key(pool: Pool, routes: Routes, key: ParkedKey) -> tuple[ReplayOutcome, int]:
    """`replay_key_within` in transactions of the pool's."""
    return await replay_key_within(partial(transaction, pool), routes, key)


async def replay_key_within(begin: Begin, routes: Routes, key: ParkedKey) -> tuple[ReplayOutcome, int]:
    """Apply what waits under a key; returns the outcome and how many messages were applied.

    Where one fails again, the key stays parked from there on. Two operators at once wait for each other.
    """
    topic = next((topic for topic in routes if topic.name == key.topic), None)
    if topic is None:
        return ReplayOutcome.NOT_PARKED, 0
    applied, outcome = 0, None
    while outcome is None:
        async with begin() as tx:
            outcome, done = await _replay_page(tx, routes, topic, key)
            failpoint("replay.applied")
        applied += done
    freed_by_another = applied and outcome is ReplayOutcome.NOT_PARKED
    return ReplayOutcome.APPLIED if freed_by_another else outcome, applied


async def _replay_page(
    tx: Tx, routes: Routes, topic: Topic, key: ParkedKey
) -> tuple[ReplayOutcome | None, int]:
    """Apply the next messages; no outcome yet where more may wait. While the key is locked nothing is queued, so a page
    that isn't full is the last."""
    if not await parking.lock_key(tx, key):
        return ReplayOutcome.NOT_PARKED, 0
    records = await parking.read_records(tx, key, PAGE)
    for done, record in enumerate(records):
        why = await _apply_one(tx, routes, topic, record)
        if why is not None:
            await parking.remove_records(tx, key, done)
            await parking.note_failure(tx, key, why)
            return ReplayOutcome.STILL_PARKED, done
    if len(records) == PAGE:
        await parking.remove_records(tx, key, PAGE)
        return None, PAGE
    await parking.release_key(tx, key)
    return ReplayOutcome.APPLIED, len(records)


async def _apply_one(
    tx: Tx, routes: Routes, topic: Topic, record: "ConsumerRecord[bytes, bytes]"
) -> Failure | None:
    received = batch.parse_record(topic, record)
    if received.message is None:
        return received.failure
    try:
        async with tx.transaction():
            await routes[topic](tx, [received.message])
    except Exception as error:
        if is_transient(error):
            raise
        return parking.describe_failure(error)
    return None

"""Replay of a parked key: what waits is applied in order, in one transaction with its release."""

from collections.abc import Sequence
from enum import StrEnum

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import Topic
from shared.messaging.consumer import batch, parking
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.messaging.consumer.routes import Routes
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import is_transient


class ReplayOutcome(StrEnum):
    """What became of a replay."""

    APPLIED = "applied"
    STILL_PARKED = "still parked"
    NOT_PARKED = "not parked"


async def replay_key(pool: Pool, routes: Routes, key: ParkedKey) -> tuple[ReplayOutcome, int]:
    """Apply what waits under a key; returns the outcome and how many messages were applied.

    Where one fails again, the key stays parked from there on. Two operators at once wait for each other.
    """
    topic = next((topic for topic in routes if topic.name == key.topic), None)
    if topic is None:
        return ReplayOutcome.NOT_PARKED, 0
    async with transaction(pool) as tx:
        records = await parking.take_records(tx, key)
        if records is None:
            return ReplayOutcome.NOT_PARKED, 0
        for done, record in enumerate(records):
            why = await _apply_one(tx, routes, topic, record)
            if why is not None:
                await _park_again(tx, key, records[done:], why)
                return ReplayOutcome.STILL_PARKED, done
        await parking.release_key(tx, key)
        failpoint("replay.applied")
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


async def _park_again(
    tx: Tx, key: ParkedKey, records: "Sequence[ConsumerRecord[bytes, bytes]]", why: Failure
) -> None:
    await tx.execute(
        "UPDATE parked_key SET fingerprint = $3, reason = $4 WHERE topic = $1 AND key = $2", *key, *why
    )
    for record in records:
        await parking.queue_record(tx, key, record)

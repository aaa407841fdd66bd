"""Messages that come again, and messages that are old, written to the topic on purpose."""

import asyncio
import random
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.messaging.kafka import partition_of
from shared.testing.kafka import open_producer, read_records
from tests.faults.findings import FORGED
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

ROUNDS = 10
REPEATS = 300
STALE = 100


async def repeat_messages(stage: Stage) -> None:
    """Under load, what is on the topic comes again in any order: with the ids that it had, and as old states that
    have new ids. The first have no effect; the others change nothing that is known."""
    writer, _ = await stage.start_both()
    chance = random.Random(8)
    async with stage.under_load(writer):
        for _ in range(ROUNDS):
            async with stage.inject_fault("repeats and old states"):
                await write_again(stage, chance)
            await asyncio.sleep(0.5)
    changed = await stage.pool.fetchval(
        "SELECT count(*) FROM effect WHERE newer AND message_id = ANY($1)", list(stage.forged)
    )
    seen = await stage.pool.fetchval(
        "SELECT count(*) FROM effect WHERE message_id = ANY($1)", list(stage.forged)
    )
    assert seen, "no old state with a new id came to the handler"
    assert changed == 0, f"{changed} old states changed what was known"


async def write_again(stage: Stage, chance: random.Random) -> None:
    """Write copies of random records, and random records but each account's newest with new ids."""
    found = await read_records(stage.kafka, ACCOUNT.name)
    newest = {record.key: record for record in found}
    old = [record for record in found if record is not newest[record.key]]
    again: list[tuple[Any, UUID | None]] = [
        (record, None) for record in chance.sample(found, min(REPEATS, len(found)))
    ]
    again += [(record, forged_id(stage)) for record in chance.sample(old, min(STALE, len(old)))]
    chance.shuffle(again)
    async with open_producer(stage.kafka) as producer:
        await asyncio.gather(*[await _send_copy(producer, record, own) for record, own in again])


def forged_id(stage: Stage) -> UUID:
    """A new id, known as one of ours."""
    own = uuid7()
    stage.forged.add(own)
    return own


async def _send_copy(producer: Any, record: Any, own: UUID | None) -> Any:
    headers = dict(record.headers) | ({"ce_id": str(own).encode()} if own else {}) | {FORGED: b"1"}
    partition = partition_of(record.key, ACCOUNT.partitions)
    return await producer.send(
        record.topic, record.value, record.key, partition=partition, headers=list(headers.items())
    )


ROWS = (Row(8, "messages that come again, and old ones", repeat_messages),)

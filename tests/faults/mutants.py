"""`python -m tests.faults.mutants NAME ARGUMENTS…`: the suite's service with one thing wrong at its core.

The suite must fail on each of them.
"""

import asyncio
import runpy
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg

from shared.messaging import outbox
from shared.messaging.consumer import batch, inbox
from shared.messaging.consumer.batch import MetricCounts, ReceivedRecord
from shared.messaging.consumer.batch_processor import BatchProcessor
from shared.messaging.consumer.inbox import NewMessages
from shared.messaging.consumer.positions import Positions
from shared.messaging.failpoints import failpoint
from shared.messaging.relay import relay
from shared.messaging.relay.cursor import COLUMNS, Cursor
from shared.postgres.pool import Connection, Tx, session_settings, transaction
from shared.runtime.settings import Settings
from tests.faults.service import entries
from tests.faults.service.entries import SCHEMA, Account

Page: TypeAlias = Callable[[Cursor, Connection, int], Awaitable[list[asyncpg.Record]]]
Effects: TypeAlias = Callable[[Tx, NewMessages], Awaitable[MetricCounts]]

WHOLE_WINDOW = 1_000_000


def by_xmin() -> None:
    """The usual advice: what is older than every running transaction, in the order of transactions."""

    async def read_page(cursor: Cursor, session: Connection, size: int) -> list[asyncpg.Record]:
        return await session.fetch(
            f"SELECT {COLUMNS} FROM outbox WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)"
            " AND xid < pg_snapshot_xmin($2::text::pg_snapshot) ORDER BY outbox.xid, id",
            cursor.seen,
            cursor.upto,
        )

    _replace_read_page(read_page)


def by_id() -> None:
    """What has a higher id than the last that was sent."""
    last = 0

    async def read_page(cursor: Cursor, session: Connection, size: int) -> list[asyncpg.Record]:
        nonlocal last
        rows = await session.fetch(f"SELECT {COLUMNS} FROM outbox WHERE id > $1 ORDER BY id", last)
        last = rows[-1]["id"] if rows else last
        return rows

    _replace_read_page(read_page)


def _replace_read_page(page: Page) -> None:
    """Each window is what this page holds."""
    relay.PAGE = WHOLE_WINDOW
    Cursor.read_page = page  # type: ignore[assignment,method-assign]


def cached_ids() -> None:
    """Each session takes ten ids in advance."""

    async def alter_sequence() -> None:
        session = await asyncpg.connect(
            Settings().database, server_settings=session_settings(SCHEMA, "mutant")
        )
        await session.execute("ALTER SEQUENCE outbox_id_seq CACHE 10")
        await session.close()

    asyncio.run(alter_sequence())


def unreferenced_lock() -> None:
    """One statement for the row and the message, in which nothing makes the message wait for the row's lock."""
    locked = (
        "WITH locked AS (INSERT INTO bank_account (account, version) SELECT $3::text, 1"
        " ON CONFLICT (account) DO UPDATE SET version = bank_account.version + 1)"
    )
    outbox._INSERT_ONE = locked + outbox._INSERT_ONE

    async def enter_without_reference(tx: Tx, account: str, value: str, padding: int = 0) -> int:
        state = Account(account=account, version=0, value=value)
        await outbox.put_one(tx, entries.ACCOUNT, account, "EntryMade", 1, state)
        version: int = await tx.fetchval("SELECT version FROM bank_account WHERE account = $1", account)
        payload = state.model_copy(update={"version": version}).model_dump_json()
        await tx.execute(
            "UPDATE outbox SET sequence = sequence - 1 + $1, payload = $2 WHERE xid = pg_current_xact_id()",
            version,
            payload,
        )
        await tx.execute(
            "INSERT INTO entry (value, account, version) VALUES ($1, $2, $3)", value, account, version
        )
        return version

    entries.enter_value = enter_without_reference


def inbox_outside() -> None:
    """The inbox is written in a transaction before that of the effects."""

    async def commit_with_positions(
        processor: BatchProcessor, received: Sequence[ReceivedRecord], effects: Effects
    ) -> None:
        async with transaction(processor._pool) as tx:
            new = await tx.fetch(
                "INSERT INTO inbox (message_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"
                " RETURNING message_id",
                [r.id for r in received],
            )
        following = batch.next_offsets(received)
        async with transaction(processor._pool) as tx:
            admitted = await inbox.admit_messages(
                tx, processor._name, processor._assignment.next_offsets, following, []
            )
            await effects(tx, admitted._replace(new={row["message_id"] for row in new}))
            failpoint("consumer.applied")
        processor._assignment.next_offsets.update(following)

    BatchProcessor._commit_with_positions = commit_with_positions  # type: ignore[assignment,method-assign]


def ack_first() -> None:
    """The position is moved before the effects are made."""

    async def commit_with_positions(
        processor: BatchProcessor, received: Sequence[ReceivedRecord], effects: Effects
    ) -> None:
        following, ids = batch.next_offsets(received), [r.id for r in received]
        async with transaction(processor._pool) as tx:
            admitted = await inbox.admit_messages(
                tx, processor._name, processor._assignment.next_offsets, following, ids
            )
        processor._assignment.next_offsets.update(following)
        async with transaction(processor._pool) as tx:
            await effects(tx, admitted)
            failpoint("consumer.applied")

    BatchProcessor._commit_with_positions = commit_with_positions  # type: ignore[assignment,method-assign]


def first_record() -> None:
    """The position is moved if it is where the batch's first record is."""
    admit = inbox.admit_messages
    commit_as_usual = BatchProcessor._commit_with_positions

    async def commit_from_first_record(
        processor: BatchProcessor, received: Sequence[ReceivedRecord], effects: Effects
    ) -> None:
        first = {r.topic_partition: r.record.offset for r in reversed(received)}

        async def admit_from_first_record(
            tx: Tx, consumer: str, expected: Positions, following: Positions, ids: Sequence[UUID]
        ) -> NewMessages:
            return await admit(tx, consumer, first, following, ids)

        inbox.admit_messages = admit_from_first_record
        await commit_as_usual(processor, received, effects)

    BatchProcessor._commit_with_positions = commit_from_first_record  # type: ignore[assignment,method-assign]


MUTANTS: Mapping[str, Callable[[], None]] = {
    "by-xmin": by_xmin,
    "by-id": by_id,
    "cached-ids": cached_ids,
    "unreferenced-lock": unreferenced_lock,
    "inbox-outside": inbox_outside,
    "ack-first": ack_first,
    "first-record": first_record,
}

if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    runpy.run_module("tests.faults.service", run_name="__main__", alter_sys=True)

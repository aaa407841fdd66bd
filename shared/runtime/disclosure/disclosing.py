"""Telling members what is held about them: who asked is noted, and a worker sends the parts, one a transaction.

Locks are taken by member: the advisory lock first, then the row. So an erasure finds all that was sent before it, and
what is read after it is nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

import asyncpg
from structlog.contextvars import bound_contextvars

from shared.contracts.catalogue import Topic
from shared.contracts.members import Disclosure, DisclosurePart
from shared.messaging import outbox
from shared.messaging.message import Message
from shared.postgres.locks import lock_key_of
from shared.postgres.pool import Tx
from shared.runtime import attempts
from shared.runtime.attempts import can_begin
from shared.runtime.disclosure.holdings import Holding, Place, read_part
from shared.runtime.items import ItemWork

WORKER = "disclosing"
# Gives a part to whoever gathers them.
SendPart = Callable[[Tx, DisclosurePart], Awaitable[None]]

_NOTE = """
INSERT INTO disclosing (member, asked_at, correlation_id) VALUES ($1, $2, $3)
ON CONFLICT (member) DO UPDATE SET (asked_at, correlation_id, part, holding, after)
    = (excluded.asked_at, excluded.correlation_id, 1, NULL, NULL)
WHERE disclosing.asked_at < excluded.asked_at"""


async def take_requests(tx: Tx, messages: Sequence[Message[Disclosure]], service: str) -> None:
    """Have the worker tell these members, where this service is asked; who is asked anew begins anew."""
    for message in sorted(messages, key=lambda message: message.key):
        if message.data is not None and service in message.data.services:
            await note_request(tx, message.data, message.correlation_id)


async def note_request(tx: Tx, asked: Disclosure, correlation_id: str) -> None:
    """Have the worker tell this member."""
    await tx.execute(_NOTE, asked.member, asked.asked_at, correlation_id)


async def forget_members(tx: Tx, members: Sequence[UUID], topic: Topic | None = None) -> None:
    """Tell these members, who are being erased, nothing any more, and take out what was to go out on this topic.

    Call it before rows are locked that `SendPart` locks.
    """
    await tx.execute(
        f"SELECT pg_advisory_xact_lock({lock_key_of('key')}) FROM unnest($1::text[]) AS one(key)",
        sorted(_name_lock(member) for member in members),
    )
    items = [str(member) for member in members]
    await tx.execute("DELETE FROM disclosing WHERE member = ANY($1)", members)
    await attempts.end_attempts(tx, WORKER, items)
    if topic is not None:
        await tx.execute("DELETE FROM outbox WHERE topic = $1 AND key = ANY($2)", topic.name, items)


async def put_part(tx: Tx, part: DisclosurePart, *, topic: Topic) -> None:
    """Send a part on the service's topic."""
    await outbox.put_one(tx, topic, str(part.member), "PartDisclosed", part.part, part)


def build_disclosing(holdings: Sequence[Holding], send: SendPart) -> ItemWork:
    """The work that tells members of these holdings."""
    return ItemWork(WORKER, _find_member, partial(_disclose_parts, holdings=holdings, send=send))


async def _find_member(tx: Tx) -> Sequence[str]:
    rows = await tx.fetch(
        f"SELECT member::text FROM disclosing WHERE {can_begin(WORKER, 'member')}"
        " ORDER BY asked_at, member LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["member"] for row in rows]


async def _disclose_parts(
    tx: Tx, members: Sequence[str], *, holdings: Sequence[Holding], send: SendPart
) -> None:
    for member in members:
        await tx.execute(f"SELECT pg_advisory_xact_lock({lock_key_of('$1::text')})", _name_lock(UUID(member)))
        row = await tx.fetchrow("SELECT * FROM disclosing WHERE member = $1 FOR UPDATE", UUID(member))
        if row is not None:
            with bound_contextvars(correlation_id=row["correlation_id"]):
                await _disclose_part(tx, row, holdings, send)


async def _disclose_part(tx: Tx, row: asyncpg.Record, holdings: Sequence[Holding], send: SendPart) -> None:
    start = Place(row["holding"] or holdings[0].name, row["after"])
    content, following = await read_part(tx, holdings, row["member"], start)
    part = DisclosurePart(
        member=row["member"],
        asked_at=row["asked_at"],
        part=row["part"],
        last=following is None,
        content=content,
    )
    await send(tx, part)
    if following is None:
        await tx.execute("DELETE FROM disclosing WHERE member = $1", row["member"])
        return
    await tx.execute(
        "UPDATE disclosing SET part = part + 1, holding = $2, after = $3 WHERE member = $1",
        row["member"],
        *following,
    )


def _name_lock(member: UUID) -> str:
    return f"disclosure {member}"

"""Erasures that take more than one transaction: who is being erased, and the report when nothing is left to do."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from structlog.contextvars import bound_contextvars

from services.matching.erasure import named_requests
from services.matching.requests import announcements
from shared.contracts.catalogue import MATCHING_ERASURE
from shared.contracts.members import Erasure
from shared.messaging import erasure
from shared.messaging.message import Message
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "erasing"


async def note_unfinished(tx: Tx, messages: Sequence[Message[Any]]) -> None:
    """Have the worker go on with the members whom these messages name. It comes after all other locks."""
    await tx.executemany(
        "INSERT INTO erasing (member, correlation_id, restored) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        sorted((UUID(message.key), message.correlation_id, message.restored) for message in messages),
    )


async def note_orders(tx: Tx, orders: Sequence[Message[Erasure]]) -> Collection[UUID]:
    """Have those of these orders reported when they are carried out whose members are being erased; returns them."""
    rows = await tx.fetch(
        "SELECT member FROM erasing WHERE member = ANY($1) ORDER BY member FOR UPDATE",
        [UUID(order.key) for order in orders],
    )
    unfinished = {row["member"] for row in rows}
    for order in orders:
        if order.data and order.data.member in unfinished:
            await tx.execute(
                "UPDATE erasing SET correlation_id = $2, ordered_at = greatest(ordered_at, $3) WHERE member = $1",
                order.data.member,
                order.correlation_id,
                order.data.ordered_at,
            )
    return unfinished


async def find_unfinished(tx: Tx) -> Sequence[str]:
    """A member who is being erased, if there is one."""
    rows = await tx.fetch(
        f"SELECT member::text FROM erasing WHERE {can_begin(WORKER, 'member')}"
        " ORDER BY member LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["member"] for row in rows]


async def continue_erasures(tx: Tx, members: Sequence[str]) -> None:
    """Remove these members from the next requests that name them, and publish those; report who is in none."""
    rows = await tx.fetch("SELECT * FROM erasing WHERE member = ANY($1::uuid[]) ORDER BY member", members)
    for row in rows:
        ids = {"correlation_id": row["correlation_id"]} | ({"restored": "1"} if row["restored"] else {})
        with bound_contextvars(**ids):
            await _erase_page(tx, row["member"])


async def _erase_page(tx: Tx, member: UUID) -> None:
    page = await named_requests.find_requests(tx, member, named_requests.PAGE)
    await named_requests.lock_requests(tx, page.requests)
    types = await named_requests.remove_member(tx, member, page.requests)
    await announcements.announce_changes(tx, types)
    if not page.has_more:
        await _finish_erasure(tx, member)


async def _finish_erasure(tx: Tx, member: UUID) -> None:
    ordered_at = await tx.fetchval("DELETE FROM erasing WHERE member = $1 RETURNING ordered_at", member)
    if ordered_at is not None:
        await erasure.report_erasure(tx, MATCHING_ERASURE, Erasure(member=member, ordered_at=ordered_at))

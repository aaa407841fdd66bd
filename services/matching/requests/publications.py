"""Publications: what the world is told of requests, by an id that nobody knows otherwise."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.matching.requests.announcements import TYPE_OF_STATE
from shared.contracts import catalogue
from shared.contracts.matching import Request
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

PAGE = 500

_TELL = """
UPDATE request SET public_version = public_version + 1, public_state = state
WHERE request IN (
    SELECT request FROM request WHERE public_state IS DISTINCT FROM state ORDER BY public_id LIMIT $1
    FOR UPDATE SKIP LOCKED)
RETURNING *"""


async def publish_due(tx: Tx) -> int:
    """Tell the world of the next requests whose state it doesn't know; returns how many."""
    rows = await tx.fetch(_TELL, PAGE)
    in_order = sorted(rows, key=lambda row: row["public_id"])
    await outbox.put_all(tx, [_build_message(row) for row in in_order])
    return len(rows)


async def lock_page(tx: Tx, after: Any, size: int) -> Sequence[UUID]:
    """Lock the next requests behind this public id; returns their public ids."""
    rows = await tx.fetch(
        "SELECT public_id FROM request WHERE $1::uuid IS NULL OR public_id > $1 ORDER BY public_id LIMIT $2"
        " FOR SHARE",
        after,
        size,
    )
    return [row["public_id"] for row in rows]


async def build_messages(tx: Tx, public_ids: Sequence[UUID]) -> Sequence[Outgoing]:
    """What the world was told last of these requests."""
    rows = await tx.fetch(
        "SELECT * FROM request WHERE public_id = ANY($1) AND public_version > 0 ORDER BY public_id",
        public_ids,
    )
    return [_build_message(row) for row in rows]


async def find_untold(tx: Tx, public_ids: Sequence[UUID]) -> Collection[str]:
    """Those of these requests of which the world wasn't told yet."""
    rows = await tx.fetch(
        "SELECT public_id FROM request WHERE public_id = ANY($1) AND public_version = 0", public_ids
    )
    return [str(row["public_id"]) for row in rows]


def _build_message(row: asyncpg.Record) -> Outgoing:
    state = row["public_state"]
    told = Request.model_validate({**row, "request": row["public_id"], "state": state})
    return Outgoing(
        catalogue.REQUEST, str(row["public_id"]), TYPE_OF_STATE[state], row["public_version"], told
    )

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
from shared.runtime.attempts import can_begin

PAGE = 500

WORKER = "releases"
_FIND = f"""
SELECT public_id::text FROM request
WHERE public_state IS DISTINCT FROM state AND {can_begin(WORKER, "public_id")}
ORDER BY public_id LIMIT {PAGE}"""
_TELL = """
UPDATE request SET public_version = public_version + 1, public_state = state
WHERE request IN (
    SELECT request FROM request WHERE public_id = ANY($1::uuid[]) AND public_state IS DISTINCT FROM state
    ORDER BY public_id FOR UPDATE SKIP LOCKED)
RETURNING *"""


async def find_due(tx: Tx) -> Sequence[str]:
    """The public ids of the next requests whose state the world doesn't know."""
    return [row["public_id"] for row in await tx.fetch(_FIND)]


async def publish_requests(tx: Tx, public_ids: Sequence[str]) -> None:
    """Tell the world of those of these whose state it doesn't know."""
    rows = await tx.fetch(_TELL, public_ids)
    in_order = sorted(rows, key=lambda row: row["public_id"])
    await outbox.put_all(tx, [_build_message(row) for row in in_order])


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

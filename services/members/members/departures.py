"""Departures: of whom the world was told, and is told that they left; nothing else is kept about them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.members.members.audience_ids import AudienceIds
from shared.contracts import catalogue
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

PAGE = 500

_TELL = """
UPDATE departure SET due = false WHERE public_id IN (
    SELECT public_id FROM departure WHERE due ORDER BY public_id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING public_id, version"""
_LOCK = """
SELECT public_id FROM departure WHERE $1::uuid IS NULL OR public_id > $1
ORDER BY public_id LIMIT $2 FOR SHARE"""


async def withdraw_member(tx: Tx, audience_ids: AudienceIds, member: UUID) -> None:
    """Forget what the world was told of a member who leaves; it will be told so, if it ever was told of them."""
    version: int | None = await tx.fetchval(
        "DELETE FROM publication WHERE member = $1 RETURNING version", member
    )
    if version:
        await tx.execute(
            "INSERT INTO departure (public_id, version) VALUES ($1, $2)",
            audience_ids.public_id(member),
            version + 1,
        )


async def publish_departures(tx: Tx) -> int:
    """Tell the world of the next ones who left, in the order of their public ids, which tells nothing; how many."""
    rows = await tx.fetch(_TELL, PAGE)
    await outbox.put_all(tx, [_build_message(row) for row in sorted(rows, key=lambda row: row["public_id"])])
    return len(rows)


async def lock_page(tx: Tx, after: Any, size: int) -> Sequence[UUID]:
    """Lock the next ones behind this public id; returns their public ids."""
    return [row["public_id"] for row in await tx.fetch(_LOCK, after, size)]


async def build_messages(tx: Tx, public_ids: Sequence[UUID]) -> Sequence[Outgoing]:
    """What the world was told of those of these who left."""
    rows = await tx.fetch(
        "SELECT * FROM departure WHERE public_id = ANY($1) AND NOT due ORDER BY public_id", public_ids
    )
    return [_build_message(row) for row in rows]


async def find_due(tx: Tx, public_ids: Sequence[UUID]) -> Collection[str]:
    """Those of these of whom the world isn't told yet that they left."""
    rows = await tx.fetch("SELECT public_id FROM departure WHERE public_id = ANY($1) AND due", public_ids)
    return [str(row["public_id"]) for row in rows]


def _build_message(row: asyncpg.Record) -> Outgoing:
    return Outgoing(catalogue.MEMBER, str(row["public_id"]), "MemberLeft", row["version"], None)

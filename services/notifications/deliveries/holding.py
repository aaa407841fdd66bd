"""Deliveries that may have been sent before a restore: held until an operator releases or drops them."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.notifications.deliveries.kinds import Kind
from shared.postgres.pool import Tx

HELD = "may have been sent before a restore"
SHOWN = 1_000

_CHOSEN = """state = 'held' AND ($1::uuid IS NULL OR delivery = $1)
    AND ($2::timestamptz IS NULL OR coalesce(happened_at, created_at) >= $2)"""

# What has its text is due at once, the rest when the sweep has seen it. Its three days begin anew.
_RELEASE = f"""
UPDATE delivery SET state = CASE WHEN composed_at IS NULL THEN 'waiting' ELSE 'due' END, reason = NULL,
    created_at = now(), due_at = now(), deadline = now() + interval '24 hours'
WHERE {_CHOSEN}"""

_DROP = f"""
UPDATE delivery SET state = 'undeliverable', reason = 'dropped after a restore', envelope = NULL
WHERE {_CHOSEN}"""


async def hold_unsent(tx: Tx) -> str:
    """Hold what a backup has as not yet sent, and the news of cancellations that it has as not yet told; returns a
    sentence with the number. No sender may run."""
    done = await tx.execute(
        "UPDATE delivery SET state = 'held', reason = $1, lease = NULL WHERE state IN ('waiting', 'due')",
        HELD,
    )
    await tx.execute("UPDATE cancellation SET restored = true")
    return f"held {_count(done):,} deliveries that may have been sent since the backup"


async def list_kinds(tx: Tx) -> list[asyncpg.Record]:
    """What is held, by kind: kind, deliveries, and when the first and the last of it happened."""
    return await tx.fetch(
        """
        SELECT kind, count(*) AS deliveries, min(coalesce(happened_at, created_at)) AS first,
               max(coalesce(happened_at, created_at)) AS last
        FROM delivery WHERE state = 'held' GROUP BY kind ORDER BY kind"""
    )


async def list_deliveries(tx: Tx, kind: Kind) -> list[asyncpg.Record]:
    """The first thousand held deliveries of a kind: delivery, when it happened, member, organisation, offer."""
    return await tx.fetch(
        f"""
        SELECT delivery, coalesce(happened_at, created_at) AS happened, member, organisation, offer
        FROM delivery WHERE state = 'held' AND kind = $1 ORDER BY place LIMIT {SHOWN}""",
        kind,
    )


async def release_deliveries(tx: Tx, delivery: UUID | None, since: datetime | None) -> int:
    """Let one held delivery go out, or all (None), of what happened `since` then; returns how many."""
    return _count(await tx.execute(_RELEASE, delivery, since))


async def drop_deliveries(tx: Tx, delivery: UUID | None, since: datetime | None) -> int:
    """Give up one held delivery, or all (None), of what happened `since` then; returns how many."""
    return _count(await tx.execute(_DROP, delivery, since))


def _count(command_tag: str) -> int:
    return int(command_tag.rpartition(" ")[2])

"""Deliveries that may have been sent before a restore: held until an operator releases or drops them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

from services.notifications.deliveries.kinds import Kind
from shared.postgres.pool import Tx

Decide: TypeAlias = Callable[[Tx, Sequence[UUID], datetime | None], Awaitable[int]]

HELD = "may have been sent before a restore"
SHOWN = 1_000
PAGE = 1_000

_HOLD_PAGE = """
WITH page AS (
    SELECT place FROM delivery WHERE place > $1 AND state IN ('waiting', 'due') ORDER BY place LIMIT $2)
UPDATE delivery d SET state = 'held', reason = $3, lease = NULL FROM page WHERE d.place = page.place
RETURNING d.place"""

_READ_PAGE = """
SELECT delivery, kind, place FROM delivery
WHERE state = 'held' AND (kind, place) > ($1, $2) ORDER BY kind, place LIMIT $3"""

_CHOSEN = """state = 'held' AND delivery = ANY($1)
    AND ($2::timestamptz IS NULL OR coalesce(happened_at, created_at) >= $2)"""

# What has its text is due at once, the rest when the sweep has seen it. Its three days begin anew.
_RELEASE = f"""
UPDATE delivery SET state = CASE WHEN composed_at IS NULL THEN 'waiting' ELSE 'due' END, reason = NULL,
    created_at = now(), due_at = now(), deadline = now() + interval '24 hours'
WHERE {_CHOSEN}"""

_DROP = f"""
UPDATE delivery SET state = 'undeliverable', reason = 'dropped after a restore', envelope = NULL
WHERE {_CHOSEN}"""


class HeldPlace(NamedTuple):
    """How far a decision on all that is held has come."""

    kind: str
    place: int


START = HeldPlace("", 0)


async def hold_page(tx: Tx, after: int) -> list[int]:
    """Hold the next page of what a backup has as not yet sent, behind this place; returns the places of it."""
    rows = await tx.fetch(_HOLD_PAGE, after, PAGE, HELD)
    return sorted(row["place"] for row in rows)


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


async def release_deliveries(tx: Tx, deliveries: Sequence[UUID], since: datetime | None) -> int:
    """Let those of these go out that are held, and happened `since` then; returns how many."""
    return _count(await tx.execute(_RELEASE, deliveries, since))


async def drop_deliveries(tx: Tx, deliveries: Sequence[UUID], since: datetime | None) -> int:
    """Give up those of these that are held, and happened `since` then; returns how many."""
    return _count(await tx.execute(_DROP, deliveries, since))


async def decide_page(
    tx: Tx, decide: Decide, after: HeldPlace, since: datetime | None
) -> tuple[int, HeldPlace | None]:
    """Release or drop the next page of what is held; returns how many, and where the page ends: None if it was the
    last."""
    rows = await tx.fetch(_READ_PAGE, *after, PAGE)
    done = await decide(tx, [row["delivery"] for row in rows], since)
    return done, HeldPlace(rows[-1]["kind"], rows[-1]["place"]) if len(rows) == PAGE else None


def _count(command_tag: str) -> int:
    return int(command_tag.rpartition(" ")[2])

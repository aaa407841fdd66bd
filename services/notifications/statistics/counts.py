"""Counts without persons: notifications by kind and state, and what the replicas hold."""

from pydantic import BaseModel

from services.notifications.deliveries.kinds import Kind
from shared.postgres.pool import Tx


class NotificationStatistics(BaseModel):
    """`deliveries`: kind -> state -> count. The rest is what the replicas hold."""

    deliveries: dict[Kind, dict[str, int]]
    members: int
    organisations: int
    offers: int
    registrations: int
    mentorships: int


async def count_all(tx: Tx) -> NotificationStatistics:
    """The counts as they are now."""
    by_kind: dict[Kind, dict[str, int]] = {}
    for row in await tx.fetch("SELECT kind, state, count(*) AS n FROM delivery GROUP BY kind, state"):
        by_kind.setdefault(Kind(row["kind"]), {})[row["state"]] = row["n"]
    known = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM recipient) AS members,
               (SELECT count(*) FROM organisation) AS organisations,
               (SELECT count(*) FROM offer) AS offers,
               (SELECT count(*) FROM registration) AS registrations,
               (SELECT count(*) FROM mentorship) AS mentorships"""
    )
    return NotificationStatistics(deliveries=by_kind, **dict(known or {}))

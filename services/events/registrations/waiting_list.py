"""The waiting list: who moves up when a place becomes free."""

from uuid import UUID

from services.events.offers import offers, seat_counts
from services.events.registrations import announcements, rules
from shared.postgres.pool import Tx


async def move_up(tx: Tx, offer: UUID) -> None:
    """Give free places to those who wait longest; `Registered` goes out. The offer must be locked in `tx`."""
    listing = await offers.read(tx, offer)
    moving = rules.moving_up(listing.standing, listing.seen_at)
    if not moving:
        return
    moved = await tx.fetch(
        """
        UPDATE registration SET state = 'registered', moved_up = true, at = now(), version = version + 1
        WHERE registration IN (
            SELECT registration FROM registration WHERE offer = $1 AND state = 'waitlisted'
            ORDER BY number LIMIT $2)
        RETURNING *""",
        offer,
        moving,
    )
    await seat_counts.count(tx, offer, registered=len(moved), waiting=-len(moved))
    await announcements.send(tx, sorted(moved, key=lambda row: int(row["number"])))

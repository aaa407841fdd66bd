"""The waiting list: who moves up when a seat becomes free, a page at a time."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.events.offers import offers, seat_counts
from services.events.registrations import announcements, rules
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "moving up"
PAGE = 500


async def move_up(tx: Tx, offer: UUID) -> None:
    """Give free seats to the PAGE who wait longest; `Registered` goes out. The offer must be locked in `tx`.

    Where more are free, the worker goes on: whoever comes meanwhile waits behind those who wait.
    """
    stored = await offers.read_offer(tx, offer)
    moving = rules.count_moving_up(stored.availability, stored.seen_at)
    if moving > PAGE:
        await tx.execute("INSERT INTO moving_up (offer) VALUES ($1) ON CONFLICT DO NOTHING", offer)
    if moving:
        moved = await _give_seats(tx, offer, min(moving, PAGE))
        await seat_counts.adjust_counts(tx, offer, registered=len(moved), waiting=-len(moved))
        await announcements.publish_registrations(tx, sorted(moved, key=lambda row: int(row["number"])))


async def find_moving(tx: Tx) -> Sequence[str]:
    """An offer in which more are to move up, if there is one."""
    rows = await tx.fetch(
        f"SELECT offer::text FROM moving_up WHERE {can_begin(WORKER, 'offer')}"
        " ORDER BY offer LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["offer"] for row in rows]


async def continue_moving(tx: Tx, offer_ids: Sequence[str]) -> None:
    """Let the next ones of these offers move up."""
    for offer in map(UUID, offer_ids):
        await offers.lock_offer(tx, offer)
        await tx.execute("DELETE FROM moving_up WHERE offer = $1", offer)
        await move_up(tx, offer)


async def _give_seats(tx: Tx, offer: UUID, seats: int) -> list[asyncpg.Record]:
    return await tx.fetch(
        """
        UPDATE registration SET state = 'registered', moved_up = true, at = now(), version = version + 1
        WHERE registration IN (
            SELECT registration FROM registration WHERE offer = $1 AND state = 'waitlisted'
            ORDER BY number LIMIT $2)
        RETURNING *""",
        offer,
        seats,
    )

"""Places: how many an offer has, and who moves up when one becomes free."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.events.offers import announcements, offers, rules
from services.events.offers.announcements import MARK_CHANGED
from services.events.offers.drafts import Places
from services.events.offers.offers import Listing
from services.events.offers.rules import State
from shared.contracts import catalogue
from shared.contracts.events import Registration
from shared.contracts.refusals import Refused
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class SetPlaces(Command):
    """How many places there are; None: open to all members."""

    places: Places | None


async def set_places(tx: Tx, offer: UUID, command: SetPlaces) -> Listing:
    """Change the number of places. More let those who wait move up; `EventChanged` goes out unless it is a draft.

    Raises `NotFound`, `Refused` for an offer that is over or cancelled, and for fewer than are confirmed.
    """
    listing = await offers.locked(tx, offer)
    if listing.places == command.places:
        return listing
    if listing.state not in (State.DRAFT, State.PUBLISHED) or listing.ends_at <= listing.seen_at:
        raise Refused(*(rules.closed_because(listing.standing, listing.seen_at) or rules.PAST))
    if command.places is not None and command.places < listing.registered:
        raise Refused(
            "places-taken",
            f"{listing.registered} members have a place already; there can't be fewer places than that.",
            registered=listing.registered,
        )
    await tx.execute("UPDATE offer SET places = $2 WHERE offer = $1", offer, command.places)
    if listing.state is State.DRAFT:
        return await offers.read(tx, offer)
    await move_up(tx, offer)
    return await announcements.announce(tx, offer, "EventChanged")


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
    await count(tx, offer, registered=len(moved), waiting=-len(moved))
    await send(tx, sorted(moved, key=lambda row: int(row["number"])))


async def count(tx: Tx, offer: UUID, *, registered: int = 0, waiting: int = 0) -> None:
    """Add to the counts of an offer; they are published in a while. The offer must be locked in `tx`."""
    await tx.execute(
        f"""
        WITH counted AS (
            UPDATE offer SET registered = registered + $2, waiting = waiting + $3 WHERE offer = $1
            RETURNING offer, changed_at
        ), {MARK_CHANGED} SELECT""",
        offer,
        registered,
        waiting,
    )


async def send(tx: Tx, rows: Iterable[asyncpg.Record]) -> None:
    """Write what became of registrations to the outbox, in this order."""
    await outbox.put_all(tx, [_outgoing(dict(row)) for row in rows])


async def hold(tx: Tx, after: UUID | None, size: int) -> Sequence[UUID]:
    """The next registrations by their ids; their offers are locked, as for each change of a registration."""
    rows = await tx.fetch(
        "SELECT registration, offer FROM registration WHERE registration > $1 ORDER BY registration LIMIT $2",
        after or UUID(int=0),
        size,
    )
    offered = [row["offer"] for row in rows]
    await tx.execute("SELECT FROM offer WHERE offer = ANY($1) ORDER BY offer FOR SHARE", offered)
    return [row["registration"] for row in rows]


async def told(tx: Tx, registrations: Sequence[UUID]) -> Sequence[Outgoing]:
    """What is told of these registrations as they are."""
    rows = await tx.fetch(
        "SELECT * FROM registration WHERE registration = ANY($1) ORDER BY registration", registrations
    )
    return [_outgoing(dict(row)) for row in rows]


def _outgoing(row: dict[str, Any]) -> Outgoing:
    told = Registration.model_validate(row)
    return Outgoing(
        catalogue.REGISTRATION, str(told.registration), told.state.capitalize(), row["version"], told
    )

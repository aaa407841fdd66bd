"""The life of an offer: published, cancelled, over."""

from uuid import UUID

from services.events.offers import announcements, offers, rules
from services.events.offers.offers import Listing
from services.events.offers.rules import State
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line


class Cancel(Command):
    """Why an offer will not take place; it names no person."""

    reason: Line


async def publish(tx: Tx, offer: UUID) -> Listing:
    """Let all see a draft; `EventScheduled` goes out. A repeat changes nothing.

    Raises `NotFound`, `Refused` for an offer that is over or cancelled.
    """
    listing = await offers.locked(tx, offer)
    if listing.state is State.PUBLISHED:
        return listing
    if listing.state is State.DRAFT and listing.ends_at > listing.seen_at:
        return await announcements.announce(tx, offer, "EventScheduled", State.PUBLISHED)
    raise Refused(*_over(listing))


async def cancel(tx: Tx, offer: UUID, command: Cancel) -> Listing:
    """Call a published offer off; `EventCancelled` goes out. A repeat changes nothing, the first reason stays.

    Raises `NotFound`, `Refused` for a draft or an offer that is over.
    """
    listing = await offers.locked(tx, offer)
    if listing.state is State.CANCELLED:
        return listing
    if listing.state is State.PUBLISHED and listing.ends_at > listing.seen_at:
        await tx.execute("UPDATE offer SET cancel_reason = $2 WHERE offer = $1", offer, command.reason)
        return await announcements.announce(tx, offer, "EventCancelled", State.CANCELLED)
    raise Refused(*_over(listing))


async def complete_one(tx: Tx) -> bool:
    """Close one published offer that has ended; `EventChanged` goes out. False if there is none."""
    ended = "state = 'published' AND ends_at <= clock_timestamp()"
    offer = await tx.fetchval(f"SELECT offer FROM offer WHERE {ended} ORDER BY ends_at LIMIT 1")
    if offer is None:
        return False
    if (await offers.locked(tx, offer)).state is State.PUBLISHED:
        await announcements.announce(tx, offer, "EventChanged", State.COMPLETED)
    return True


def _over(listing: Listing) -> tuple[str, str]:
    if listing.ends_at <= listing.seen_at:
        return rules.PAST
    return rules.closed_because(listing.standing, listing.seen_at) or rules.PAST

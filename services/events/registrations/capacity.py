"""How many places an offer has."""

from uuid import UUID

from services.events.offers import announcements, offers
from services.events.offers.drafts import Places
from services.events.offers.offers import Listing
from services.events.offers.rules import PAST, State, closed_because
from services.events.registrations import waiting_list
from shared.contracts.refusals import Refused
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
        raise Refused(*(closed_because(listing.standing, listing.seen_at) or PAST))
    if command.places is not None and command.places < listing.registered:
        raise Refused(
            "places-taken",
            f"{listing.registered} members have a place already; there can't be fewer places than that.",
            registered=listing.registered,
        )
    await tx.execute("UPDATE offer SET places = $2 WHERE offer = $1", offer, command.places)
    if listing.state is State.DRAFT:
        return await offers.read(tx, offer)
    await waiting_list.move_up(tx, offer)
    return await announcements.announce(tx, offer, "EventChanged")

"""How many seats an offer has."""

from dataclasses import replace
from uuid import UUID

from services.events.offers import announcements, offers
from services.events.offers.drafts import Capacity
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import OFFER_PAST, LifecycleState
from services.events.registrations import rules, waiting_list
from shared.access.principal import Principal
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command

CHANGEABLE = (LifecycleState.DRAFT, LifecycleState.PUBLISHED)


class SetCapacity(Command):
    """How many seats there are; None: open to all members."""

    places: Capacity | None


async def set_capacity(tx: Tx, asker: Principal, offer: UUID, command: SetCapacity) -> StoredOffer:
    """Change the number of seats. More let those who wait move up; `EventChanged` goes out unless it is a draft.

    Raises `NotFound`, `Refused` for an offer that is over or cancelled, and for fewer than are confirmed.
    """
    stored = await offers.lock_hosted(tx, asker, offer)
    if stored.places == command.places:
        return stored
    if stored.state not in CHANGEABLE or stored.is_over:
        raise Refused(*(stored.closing_reason or OFFER_PAST))
    if command.places is not None and command.places < stored.registered:
        raise Refused(
            "places-taken",
            f"{stored.registered} members have a place already; there can't be fewer places than that.",
            registered=stored.registered,
        )
    registered, waiting = _fit_public_counts(stored, command.places)
    await tx.execute(
        "UPDATE offer SET places = $2, public_registered = $3, public_waiting = $4 WHERE offer = $1",
        offer,
        command.places,
        registered,
        waiting,
    )
    if stored.state is LifecycleState.DRAFT:
        return await offers.read_offer(tx, offer)
    await waiting_list.move_up(tx, offer)
    return await announcements.announce_offer(tx, offer, "EventChanged")


def _fit_public_counts(stored: StoredOffer, places: int | None) -> tuple[int, int]:
    """What the world was told, as it would be with so many places if nobody had acted since."""
    public = replace(
        stored.availability,
        places=places,
        registered=stored.public_registered if places is None else min(stored.public_registered, places),
        waiting=stored.public_waiting,
    )
    moving = rules.count_moving_up(public, stored.seen_at)
    return public.registered + moving, public.waiting - moving

"""What goes out about an offer: the whole offer, at each change."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import offers
from services.events.offers.offers import Listing
from services.events.offers.rules import State
from shared.contracts import catalogue
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx


async def announce(tx: Tx, offer: UUID, type: str, state: State | None = None) -> Listing:
    """Publish an offer as it stands now, after moving it to `state`. The offer must be locked in `tx`."""
    await tx.execute(
        "UPDATE offer SET state = coalesce($2, state), version = version + 1, changed_at = clock_timestamp()"
        " WHERE offer = $1",
        offer,
        state,
    )
    await tx.execute("DELETE FROM count_change WHERE offer = $1", offer)
    listing = await offers.read(tx, offer)
    await outbox.put_all(tx, [_outgoing(listing, type)])
    return listing


async def told(tx: Tx, wanted: Sequence[UUID]) -> Sequence[Outgoing]:
    """What the world was told last of these offers. Where counts are to be published, that is left to them, so
    that nothing tells when someone registered."""
    return [_outgoing(listing, _type(listing)) for listing in await offers.published(tx, wanted)]


def _outgoing(listing: Listing, type: str) -> Outgoing:
    return Outgoing(catalogue.OFFER, str(listing.offer), type, listing.version, listing.public())


def _type(listing: Listing) -> str:
    if listing.state is State.CANCELLED:
        return "EventCancelled"
    return "EventScheduled" if listing.version == 1 else "EventChanged"

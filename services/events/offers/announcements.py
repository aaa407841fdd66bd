"""What goes out about an offer: each change at once, the counts of its places every two seconds at most."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import offers
from services.events.offers.offers import Listing
from services.events.offers.rules import State
from shared.contracts import catalogue
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

# After a WITH part `counted`, the offer as it is counted now: the new counts are published at the next even second,
# so that the public topic tells no act's moment, and two seconds after the offer's last message at the earliest.
MARK_CHANGED = """marked AS (
    INSERT INTO count_change (offer, due_at)
    SELECT offer, greatest(date_bin('2 seconds', now(), timestamptz '2000-01-01 00:00Z'), changed_at)
                  + interval '2 seconds'
    FROM counted
    ON CONFLICT DO NOTHING
)"""


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


async def awaited(tx: Tx, wanted: Sequence[UUID]) -> Sequence[str]:
    """Those of these offers whose counts are to be published."""
    rows = await tx.fetch("SELECT offer::text FROM count_change WHERE offer = ANY($1)", wanted)
    return [row["offer"] for row in rows]


async def announce_due_counts(tx: Tx) -> bool:
    """Publish the counts of one offer whose time has come; False if there is none."""
    due = "due_at <= clock_timestamp()"
    offer = await tx.fetchval(f"SELECT offer FROM count_change WHERE {due} ORDER BY due_at LIMIT 1")
    if offer is None:
        return False
    await offers.locked(tx, offer)
    if await tx.fetchval(f"SELECT true FROM count_change WHERE offer = $1 AND {due}", offer):
        await announce(tx, offer, "EventChanged")
    return True


def _outgoing(listing: Listing, type: str) -> Outgoing:
    return Outgoing(catalogue.OFFER, str(listing.offer), type, listing.version, listing.public())


def _type(listing: Listing) -> str:
    if listing.state is State.CANCELLED:
        return "EventCancelled"
    return "EventScheduled" if listing.version == 1 else "EventChanged"

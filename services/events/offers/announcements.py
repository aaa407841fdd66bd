"""What goes out about an offer: the whole offer, at each change."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import offers
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import VISIBLE_STATES, LifecycleState
from shared.contracts import catalogue
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx


async def announce_offer(
    tx: Tx, offer: UUID, type: str, state: LifecycleState | None = None, *, revised: bool = False
) -> StoredOffer:
    """Publish an offer as it stands now, after moving it to `state`, with the counts that the world was told last.
    Calendars take for a change what is `revised`, and what people see in a new state. The offer must be locked in `tx`.
    """
    await tx.execute(
        "UPDATE offer SET state = coalesce($2, state), version = version + 1, changed_at = clock_timestamp()"
        " WHERE offer = $1",
        offer,
        state,
    )
    if revised or state in VISIBLE_STATES:
        await tx.execute(
            "UPDATE offer SET revision = version, revised_at = changed_at WHERE offer = $1", offer
        )
    stored = await offers.read_offer(tx, offer)
    await outbox.put_all(tx, [_build_message(stored, type)])
    return stored


async def build_messages(tx: Tx, offer_ids: Sequence[UUID]) -> Sequence[Outgoing]:
    """Those of these offers that are no drafts, as they were published last."""
    return [
        _build_message(stored, _latest_type(stored)) for stored in await offers.read_published(tx, offer_ids)
    ]


def _build_message(stored: StoredOffer, type: str) -> Outgoing:
    return Outgoing(catalogue.OFFER, str(stored.offer), type, stored.version, stored.build_contract())


def _latest_type(stored: StoredOffer) -> str:
    if stored.state is LifecycleState.CANCELLED:
        return "EventCancelled"
    return "EventScheduled" if stored.version == 1 else "EventChanged"

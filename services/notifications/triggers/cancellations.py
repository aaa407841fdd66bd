"""An offer is cancelled: who holds or awaits a seat in it is notified."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import NewDelivery
from services.notifications.deliveries.kinds import Kind
from services.notifications.replicas import registrations
from services.notifications.replicas.latest import latest_messages
from services.notifications.replicas.offers import find_published, project_offers
from shared.contracts.events import Offer, OfferState
from shared.messaging.message import Message
from shared.postgres.pool import Tx

Cancellations = Mapping[UUID, Message[Offer]]


async def handle_offers(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """Keep the newest state of each offer; deliveries that waited for it are due."""
    cancelled = await _find_cancelled(tx, latest_messages(messages))
    await project_offers(tx, messages)
    await deliveries.complete_offers(tx, [m.data.offer for m in messages if m.data is not None])
    await deliveries.add_deliveries(tx, await _build_cancellations(tx, cancelled))


async def _find_cancelled(tx: Tx, messages: Sequence[Message[Offer]]) -> Cancellations:
    """Offers that this service knew as taking place, and that won't."""
    cancelled = {m.data.offer: m for m in messages if m.data and m.data.state is OfferState.CANCELLED}
    published = await find_published(tx, list(cancelled))
    return {offer: message for offer, message in cancelled.items() if offer in published}


async def _build_cancellations(tx: Tx, cancelled: Cancellations) -> Sequence[NewDelivery]:
    concerned = await registrations.list_open_registrations(tx, list(cancelled)) if cancelled else []
    return [
        NewDelivery(
            Kind.OFFER_CANCELLED,
            row["member"],
            str(row["registration"]),
            cancelled[row["offer"]].time,
            cancelled[row["offer"]].correlation_id,
            offer=row["offer"],
            held=cancelled[row["offer"]].restored,
        )
        for row in concerned
    ]

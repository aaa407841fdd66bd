"""An offer changes: whoever holds or awaits a seat is notified if it is cancelled, or has another date or place."""

from collections.abc import Sequence

from services.notifications.replicas.latest import latest_messages
from services.notifications.replicas.offers import project_offers, read_offers
from services.notifications.triggers import cancellations, changes
from shared.contracts.events import Offer
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def handle_offers(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """Compare the newest state of each offer with the one before it, and keep it. What waited for an offer is due when
    the sweep has seen it."""
    await cancellations.lock_if_cancelled(tx, messages)
    ids = list({m.data.offer for m in messages if m.data is not None})
    before = await read_offers(tx, ids)
    await project_offers(tx, messages)
    after = await read_offers(tx, ids)
    restored = {m.data.offer for m in latest_messages(messages) if m.data is not None and m.restored}
    await cancellations.start_telling(tx, after, restored)
    await changes.start_telling(tx, before, after, restored)

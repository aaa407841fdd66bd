"""An organisation's name arrives: nothing is sent for it, but what waited for the name can go."""

from collections.abc import Sequence

from services.notifications.deliveries import deliveries
from services.notifications.replicas.organisations import project_organisations
from shared.contracts.members import Organisation
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def handle_organisations(tx: Tx, messages: Sequence[Message[Organisation]]) -> None:
    """Keep the newest names; deliveries that waited for them are due."""
    await project_organisations(tx, messages)
    await deliveries.complete_organisations(tx, [m.key for m in messages if m.data is not None])

"""A member joins: whom an organisation invited gets its invitation; who is gone is erased."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import NewDelivery
from services.notifications.deliveries.kinds import Kind
from services.notifications.erasure import erase_members
from services.notifications.replicas.members import project_members
from shared.contracts.members import Profile
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def handle_profiles(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Keep what the newest profiles say, invite whom an organisation invited, erase who is gone."""
    await erase_members(tx, [UUID(m.key) for m in messages if m.data is None])
    await project_members(tx, messages)
    await deliveries.complete_members(tx, [m.data.member for m in messages if m.data is not None])
    invitations = [invitation for m in messages for invitation in _build_invitations(m)]
    await deliveries.add_deliveries(tx, invitations)


def _build_invitations(message: Message[Profile]) -> Iterable[NewDelivery]:
    """One for each organisation that invited; the delivery log knows those that went out before."""
    if message.data is None:
        return
    for affiliation in message.data.affiliations:
        if affiliation.invited_at is not None:
            yield NewDelivery(
                Kind.INVITATION,
                message.data.member,
                f"{message.data.member} {affiliation.organisation}",
                affiliation.invited_at,
                message.correlation_id,
                organisation=affiliation.organisation,
                held=message.restored,
            )

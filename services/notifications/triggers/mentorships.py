"""A mentorship changes its state: whose turn it is, or who waited, is notified."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import NewDelivery
from services.notifications.replicas.mentorships import project_mentorships, read_mentorship
from services.notifications.triggers import rules
from shared.contracts.matching import Mentorship
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def handle_mentorship(tx: Tx, message: Message[Mentorship]) -> None:
    """Compare with the state known before, notify whom it concerns, keep the new state; both without who was
    erased."""
    before = await read_mentorship(tx, UUID(message.key))
    await project_mentorships(tx, [message])
    after = await read_mentorship(tx, UUID(message.key))
    if after is not None and (before is None or before.sequence < after.sequence):
        new = _build_deliveries(message, before.state if before else None, after.state)
        await deliveries.add_deliveries(tx, new)


def _build_deliveries(
    message: Message[Mentorship], before: Mentorship | None, state: Mentorship
) -> Sequence[NewDelivery]:
    told = {"request", "region", "themes", "from_country", "to_country"}
    facts = state.model_dump(mode="json", include=told)
    return [
        NewDelivery(
            planned.kind,
            planned.member,
            planned.unique_by,
            state.changed_at,
            message.correlation_id,
            other_member=planned.other_member,
            facts=facts | {"lapse": planned.lapse},
            held=message.restored,
        )
        for planned in rules.plan_mentorship_notifications(before, state, message.sequence)
    ]

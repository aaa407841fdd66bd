"""A mentorship changes its state: those who have to do something, or waited, get to know."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import Notice
from services.notifications.erasure import has_erased
from services.notifications.replicas.mentorships import list_persons, project_mentorships, read_mentorship
from services.notifications.triggers import rules
from shared.contracts.matching import Mentorship
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def handle_mentorship(tx: Tx, message: Message[Mentorship]) -> None:
    """Compare with the state known before, notify whom it concerns, keep the new state."""
    before = await read_mentorship(tx, UUID(message.key))
    await project_mentorships(tx, [message])
    state, newer = message.data, before is None or before.sequence < message.sequence
    if state is not None and newer and not await has_erased(tx, list(list_persons(state))):
        await deliveries.note(tx, _notices(message, before.state if before else None, state))


def _notices(message: Message[Mentorship], before: Mentorship | None, state: Mentorship) -> Sequence[Notice]:
    facts = state.model_dump(mode="json", include={"region", "themes", "from_country", "to_country"})
    return [
        Notice(
            hearing.kind,
            hearing.member,
            hearing.about,
            state.changed_at,
            message.correlation_id,
            other=hearing.other,
            facts=facts,
        )
        for hearing in rules.told_of_mentorship(before, state, message.sequence)
    ]

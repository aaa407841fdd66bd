"""A registration changes its state: the member is notified, also of the offer if that is cancelled by then."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import NewDelivery
from services.notifications.replicas.registrations import (
    KnownRegistration,
    project_registrations,
    read_registrations,
)
from services.notifications.triggers import cancellations, changes, rules
from shared.contracts.events import Registration, RegistrationState
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def handle_registrations(tx: Tx, messages: Sequence[Message[Registration]]) -> None:
    """Compare each message with the state known before it, in order; keep the newest."""
    await cancellations.share_lock(tx)
    known = await read_registrations(tx, [UUID(message.key) for message in messages])
    new: list[NewDelivery] = []
    for message in messages:
        registration, state = UUID(message.key), message.data
        before = known.get(registration)
        if state is not None and (before is None or before.sequence < message.sequence):
            new += _build_deliveries(message, state, before.state if before else None)
            known[registration] = KnownRegistration(message.sequence, state.state)
    await project_registrations(tx, messages)
    await deliveries.add_deliveries(tx, new)
    await cancellations.settle_registrations(tx, messages)
    await changes.relieve_members(tx, _list_withdrawn(messages))


def _list_withdrawn(messages: Sequence[Message[Registration]]) -> list[tuple[UUID, UUID]]:
    states = [message.data for message in messages if message.data is not None]
    return [(each.offer, each.member) for each in states if each.state is RegistrationState.WITHDRAWN]


def _build_deliveries(
    message: Message[Registration], state: Registration, before: RegistrationState | None
) -> list[NewDelivery]:
    kind = rules.choose_registration_kind(before, state.state, moved_up=state.moved_up)
    if kind is None:
        return []
    unique_by = f"{state.registration} {state.state} {message.sequence}"
    facts = {"position": state.position, "registration": str(state.registration)}
    return [
        NewDelivery(
            kind,
            state.member,
            unique_by,
            state.at,
            message.correlation_id,
            offer=state.offer,
            facts=facts,
            held=message.restored,
        )
    ]

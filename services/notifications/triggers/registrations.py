"""Registrations as they were heard of last; each change of state is told to the member."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import Notice
from services.notifications.replicas import latest
from services.notifications.triggers import rules
from shared.contracts.events import Registration, RegistrationState
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO registration AS stored (registration, sequence, offer, member, state)
SELECT n.registration, n.sequence, n.offer, n.member, n.state
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[])
     AS n(registration, sequence, offer, member, state)
WHERE NOT EXISTS (SELECT FROM erased e WHERE e.member = n.member)
ON CONFLICT (registration) DO UPDATE SET (sequence, offer, member, state)
    = (excluded.sequence, excluded.offer, excluded.member, excluded.state)
WHERE stored.sequence < excluded.sequence"""


async def follow(tx: Tx, messages: Sequence[Message[Registration]]) -> None:
    """Compare each message with the state known before it, in order; hold the newest."""
    known = await _known(tx, [UUID(message.key) for message in messages])
    notices: list[Notice] = []
    for message in messages:
        registration, told = UUID(message.key), message.data
        sequence, state = known.get(registration, (-1, None))
        if told is not None and message.sequence > sequence:
            notices += _notices(message, told, state)
            known[registration] = (message.sequence, told.state)
    await project(tx, messages)
    await deliveries.note(tx, notices)


async def project(tx: Tx, messages: Sequence[Message[Registration]]) -> None:
    """Hold the newest state of each registration; a tombstone removes."""
    newest = latest.told(messages)
    await tx.execute(
        _UPSERT,
        [told.registration for told, _ in newest],
        [sequence for _, sequence in newest],
        [told.offer for told, _ in newest],
        [told.member for told, _ in newest],
        [told.state for told, _ in newest],
    )
    gone = [UUID(m.key) for m in latest.newest(messages) if m.data is None]
    if gone:
        await tx.execute("DELETE FROM registration WHERE registration = ANY($1)", gone)


async def _known(tx: Tx, registrations: list[UUID]) -> dict[UUID, tuple[int, RegistrationState | None]]:
    rows = await tx.fetch(
        "SELECT registration, sequence, state FROM registration WHERE registration = ANY($1)", registrations
    )
    return {row["registration"]: (row["sequence"], RegistrationState(row["state"])) for row in rows}


def _notices(
    message: Message[Registration], told: Registration, before: RegistrationState | None
) -> list[Notice]:
    kind = rules.told_of_registration(before, told.state, moved_up=told.moved_up)
    if kind is None:
        return []
    about = f"{told.registration} {told.state} {message.sequence}"
    facts = {"position": told.position}
    return [Notice(kind, told.member, about, told.at, message.correlation_id, offer=told.offer, facts=facts)]

"""Registrations in the state that arrived last, with which the next one is compared."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.notifications.replicas.latest import deleted_keys, latest_states
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


class KnownRegistration(NamedTuple):
    """The state of a registration that is known, and its message's sequence."""

    sequence: int
    state: RegistrationState


async def project_registrations(tx: Tx, messages: Sequence[Message[Registration]]) -> None:
    """Keep the newest state of each registration, but none of erased members; a tombstone deletes."""
    states = latest_states(messages)
    await tx.execute(
        _UPSERT,
        [registration.registration for registration, _ in states],
        [sequence for _, sequence in states],
        [registration.offer for registration, _ in states],
        [registration.member for registration, _ in states],
        [registration.state for registration, _ in states],
    )
    deleted = [UUID(key) for key in deleted_keys(messages)]
    if deleted:
        await tx.execute("DELETE FROM registration WHERE registration = ANY($1)", deleted)


async def read_registrations(tx: Tx, registrations: Sequence[UUID]) -> dict[UUID, KnownRegistration]:
    """Those of these registrations that are known."""
    rows = await tx.fetch(
        "SELECT registration, sequence, state FROM registration WHERE registration = ANY($1)", registrations
    )
    return {
        row["registration"]: KnownRegistration(row["sequence"], RegistrationState(row["state"]))
        for row in rows
    }

"""Mentorships in the state that arrived last, with which the next one is compared."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.notifications.replicas.latest import deleted_keys, latest_states
from shared.contracts.matching import Mentorship
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO mentorship AS stored (request, sequence, persons, data)
SELECT $1, $2, $3::uuid[], $4 WHERE NOT EXISTS (SELECT FROM erased e WHERE e.member = ANY($3::uuid[]))
ON CONFLICT (request) DO UPDATE SET (sequence, persons, data)
    = (excluded.sequence, excluded.persons, excluded.data)
WHERE stored.sequence < excluded.sequence"""


class KnownMentorship(NamedTuple):
    """The state of a mentorship that is known, and its message's sequence."""

    sequence: int
    state: Mentorship


async def project_mentorships(tx: Tx, messages: Sequence[Message[Mentorship]]) -> None:
    """Keep the newest state of each mentorship, but none with an erased member; a tombstone deletes."""
    rows = [
        (state.request, sequence, list(list_persons(state)), state.model_dump(mode="json"))
        for state, sequence in latest_states(messages)
    ]
    await tx.executemany(_UPSERT, rows)
    deleted = [UUID(key) for key in deleted_keys(messages)]
    if deleted:
        await tx.execute("DELETE FROM mentorship WHERE request = ANY($1)", deleted)


async def read_mentorship(tx: Tx, request: UUID) -> KnownMentorship | None:
    """What is known of this request's mentorship."""
    row = await tx.fetchrow("SELECT sequence, data FROM mentorship WHERE request = $1", request)
    return KnownMentorship(row["sequence"], Mentorship.model_validate(row["data"])) if row else None


def list_persons(state: Mentorship) -> set[UUID]:
    """All members whom a mentorship names."""
    named = (state.requester, state.contact, state.adviser, *state.contacts)
    return {person for person in (*named, *(p.adviser for p in state.proposals)) if person is not None}

"""Mentorships in the state that arrived last, with which the next one is compared."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from services.notifications.replicas.erased import find_erased
from services.notifications.replicas.latest import deleted_keys, latest_states
from shared.contracts.matching import Mentorship
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO mentorship AS stored (request, sequence, persons, data)
VALUES ($1, $2, $3::uuid[], $4)
ON CONFLICT (request) DO UPDATE SET (sequence, persons, data)
    = (excluded.sequence, excluded.persons, excluded.data)
WHERE stored.sequence < excluded.sequence"""


_READ_PAGE = "SELECT request, data FROM mentorship WHERE persons && $1::uuid[] ORDER BY request LIMIT 500"


class KnownMentorship(NamedTuple):
    """The state of a mentorship that is known, and its message's sequence."""

    sequence: int
    state: Mentorship


async def project_mentorships(tx: Tx, messages: Sequence[Message[Mentorship]]) -> None:
    """Keep the newest state of each mentorship, without erased members; a tombstone deletes."""
    states = latest_states(messages)
    gone = await find_erased(tx, {person for state, _ in states for person in list_persons(state)})
    left = [(omit_persons(state, gone), sequence) for state, sequence in states]
    await tx.executemany(
        _UPSERT,
        [
            (state.request, sequence, list(list_persons(state)), state.model_dump(mode="json"))
            for state, sequence in left
            if state is not None
        ],
    )
    deleted = [UUID(key) for key in deleted_keys(messages)]
    if deleted:
        await tx.execute("DELETE FROM mentorship WHERE request = ANY($1)", deleted)


async def read_mentorship(tx: Tx, request: UUID) -> KnownMentorship | None:
    """What is known of this request's mentorship."""
    row = await tx.fetchrow("SELECT sequence, data FROM mentorship WHERE request = $1", request)
    return KnownMentorship(row["sequence"], Mentorship.model_validate(row["data"])) if row else None


async def forget_persons(tx: Tx, members: Sequence[UUID]) -> None:
    """Delete the mentorships that these members asked for, and leave them out of all others: those go on, and what
    comes of them next is compared with what was known."""
    while rows := await tx.fetch(_READ_PAGE, members):
        left = [omit_persons(Mentorship.model_validate(row["data"]), members) for row in rows]
        kept = [state for state in left if state is not None]
        await tx.executemany(
            "UPDATE mentorship SET persons = $2, data = $3 WHERE request = $1",
            [(state.request, list(list_persons(state)), state.model_dump(mode="json")) for state in kept],
        )
        ended = {row["request"] for row in rows} - {state.request for state in kept}
        await tx.execute("DELETE FROM mentorship WHERE request = ANY($1)", list(ended))


def omit_persons(state: Mentorship, gone: Collection[UUID]) -> Mentorship | None:
    """A mentorship as it is without these members; None if one of them asked for it."""
    if state.requester in gone:
        return None
    return state.model_copy(
        update={
            "contact": None if state.contact in gone else state.contact,
            "contacts": tuple(contact for contact in state.contacts if contact not in gone),
            "adviser": None if state.adviser in gone else state.adviser,
            "proposals": tuple(p for p in state.proposals if p.adviser not in gone),
        }
    )


def list_persons(state: Mentorship) -> set[UUID]:
    """All members whom a mentorship names."""
    named = (state.requester, state.contact, state.adviser, *state.contacts)
    return {person for person in (*named, *(p.adviser for p in state.proposals)) if person is not None}

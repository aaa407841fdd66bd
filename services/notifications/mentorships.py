"""Mentorships as they were heard of last; each step is told to those who have to do something, or waited."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications import deliveries, rules
from services.notifications.deliveries import Notice
from shared.contracts.matching import Mentorship
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO mentorship AS stored (request, sequence, persons, data) VALUES ($1, $2, $3, $4)
ON CONFLICT (request) DO UPDATE SET (sequence, persons, data)
    = (excluded.sequence, excluded.persons, excluded.data)
WHERE stored.sequence < excluded.sequence"""


async def follow(tx: Tx, message: Message[Mentorship]) -> None:
    """Compare with the state known before, tell whom it concerns, hold the new state."""
    request, told = UUID(message.key), message.data
    if told is None:
        await tx.execute("DELETE FROM mentorship WHERE request = $1", request)
        return
    row = await tx.fetchrow("SELECT sequence, data FROM mentorship WHERE request = $1", request)
    if row is not None and row["sequence"] >= message.sequence:
        return
    before = Mentorship.model_validate(row["data"]) if row else None
    if await _has_erased(tx, told):
        return
    persons = list(_persons(told))
    await tx.execute(_UPSERT, request, message.sequence, persons, told.model_dump(mode="json"))
    await deliveries.note(tx, _notices(message, before, told))


def _notices(message: Message[Mentorship], before: Mentorship | None, told: Mentorship) -> Sequence[Notice]:
    facts = told.model_dump(mode="json", include={"region", "themes", "from_country", "to_country"})
    return [
        Notice(
            hearing.kind,
            hearing.member,
            hearing.about,
            message.time,
            message.correlation_id,
            other=hearing.other,
            facts=facts,
        )
        for hearing in rules.told_of_mentorship(before, told, message.sequence)
    ]


def _persons(told: Mentorship) -> set[UUID]:
    named = (told.requester, told.contact, told.adviser, *told.contacts)
    return {person for person in (*named, *(p.adviser for p in told.proposals)) if person is not None}


async def _has_erased(tx: Tx, told: Mentorship) -> bool:
    found = await tx.fetchval("SELECT true FROM erased WHERE member = ANY($1) LIMIT 1", list(_persons(told)))
    return bool(found)

"""Mentorships as they were heard of last; each step is told to those who have to do something, or waited."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import Notice
from services.notifications.replicas import latest
from services.notifications.triggers import rules
from shared.contracts.matching import Mentorship
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO mentorship AS stored (request, sequence, persons, data)
SELECT $1, $2, $3::uuid[], $4 WHERE NOT EXISTS (SELECT FROM erased e WHERE e.member = ANY($3::uuid[]))
ON CONFLICT (request) DO UPDATE SET (sequence, persons, data)
    = (excluded.sequence, excluded.persons, excluded.data)
WHERE stored.sequence < excluded.sequence"""


async def follow(tx: Tx, message: Message[Mentorship]) -> None:
    """Compare with the state known before, tell whom it concerns, hold the new state."""
    row = await tx.fetchrow("SELECT sequence, data FROM mentorship WHERE request = $1", UUID(message.key))
    before = Mentorship.model_validate(row["data"]) if row else None
    await project(tx, [message])
    told, newer = message.data, row is None or row["sequence"] < message.sequence
    if told is not None and newer and not await _has_erased(tx, told):
        await deliveries.note(tx, _notices(message, before, told))


async def project(tx: Tx, messages: Sequence[Message[Mentorship]]) -> None:
    """Hold the newest state of each mentorship, but none with an erased member; a tombstone removes."""
    told = [
        (mentorship.request, sequence, list(_persons(mentorship)), mentorship.model_dump(mode="json"))
        for mentorship, sequence in latest.told(messages)
    ]
    await tx.executemany(_UPSERT, told)
    gone = [UUID(m.key) for m in latest.newest(messages) if m.data is None]
    if gone:
        await tx.execute("DELETE FROM mentorship WHERE request = ANY($1)", gone)


def _notices(message: Message[Mentorship], before: Mentorship | None, told: Mentorship) -> Sequence[Notice]:
    facts = told.model_dump(mode="json", include={"region", "themes", "from_country", "to_country"})
    return [
        Notice(
            hearing.kind,
            hearing.member,
            hearing.about,
            told.changed_at,
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

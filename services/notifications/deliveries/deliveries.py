"""The delivery log: what each member is to hear, once; what waits for data, and what nobody can deliver."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import structlog

from services.notifications.deliveries import rules
from services.notifications.deliveries.kinds import Kind
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)

_NAMESPACE = UUID("6f2d0c39-6c0a-5a55-9d0b-53f6c0a3f9a1")

_INSERT = """
INSERT INTO delivery
    (delivery, kind, member, other, organisation, offer, facts, correlation_id, state, reason, deadline)
SELECT n.delivery, n.kind, n.member, n.other, n.organisation, n.offer, n.facts::jsonb, n.correlation_id,
       CASE WHEN n.news THEN 'waiting' ELSE 'undeliverable' END,
       CASE WHEN NOT n.news THEN 'too long ago' END, now() + interval '24 hours'
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[],
            $9::boolean[]) WITH ORDINALITY
     AS n(delivery, kind, member, other, organisation, offer, facts, correlation_id, news, nth)
WHERE NOT EXISTS (SELECT FROM erased e WHERE e.member IN (n.member, n.other))
ORDER BY n.nth
ON CONFLICT (delivery) DO NOTHING
RETURNING delivery, kind, correlation_id"""

_HOST = "coalesce(d.organisation, (SELECT f.organisation FROM offer f WHERE f.offer = d.offer))"
_COMPLETE = f"""
UPDATE delivery d SET state = 'due', due_at = now(), organisation = {_HOST}
WHERE d.state = 'waiting' AND {{which}}
  AND EXISTS (SELECT FROM recipient r WHERE r.member = d.member)
  AND (d.other IS NULL OR EXISTS (SELECT FROM recipient r WHERE r.member = d.other))
  AND (d.offer IS NULL OR EXISTS (SELECT FROM offer f WHERE f.offer = d.offer))
  AND ((d.organisation IS NULL AND d.offer IS NULL)
       OR EXISTS (SELECT FROM organisation g WHERE g.organisation = {_HOST}))"""

_EXPIRE = """
UPDATE delivery d SET state = 'undeliverable', reason = CASE
    WHEN NOT EXISTS (SELECT FROM recipient r WHERE r.member = d.member) THEN 'no contact data arrived'
    WHEN d.offer IS NOT NULL AND NOT EXISTS (SELECT FROM offer f WHERE f.offer = d.offer)
        THEN 'the offer never became known'
    WHEN d.other IS NOT NULL AND NOT EXISTS (SELECT FROM recipient r WHERE r.member = d.other)
        THEN 'the other person never became known'
    ELSE 'the organisation never became known' END
WHERE d.state = 'waiting' AND d.deadline < now() RETURNING delivery"""

_GIVE_UP = """
UPDATE delivery SET state = 'failed', reason = coalesce(reason, 'no mail server took it for three days')
WHERE state = 'due' AND created_at < now() - interval '3 days' RETURNING delivery"""


class Notice(NamedTuple):
    """Something that one member is to hear. `about` with the kind says what it is, so that it exists once.

    `at` is when it happened. `other` is a second member whom the text names. `organisation` may be None where
    an offer is given (then it is the offer's host) or where nobody's is the matter.
    """

    kind: Kind
    member: UUID
    about: str
    at: datetime
    correlation_id: str
    other: UUID | None = None
    organisation: str | None = None
    offer: UUID | None = None
    facts: Mapping[str, Any] = {}

    @property
    def delivery(self) -> UUID:
        return uuid5(_NAMESPACE, f"{self.kind} {self.about}")


async def note(tx: Tx, notices: Sequence[Notice]) -> None:
    """Write what is new of these; what has all its data is due at once, the rest waits for it."""
    if not notices:
        return
    now = datetime.now(UTC)
    made = await tx.fetch(
        _INSERT,
        [n.delivery for n in notices],
        [n.kind for n in notices],
        [n.member for n in notices],
        [n.other for n in notices],
        [n.organisation for n in notices],
        [n.offer for n in notices],
        [json.dumps(n.facts) for n in notices],
        [n.correlation_id for n in notices],
        [rules.is_news(n.at, now) for n in notices],
    )
    await tx.execute(_COMPLETE.format(which="d.delivery = ANY($1)"), [row["delivery"] for row in made])
    for row in made:
        log.info("delivery.note.done", **{name: str(value) for name, value in row.items()})


async def complete_members(tx: Tx, members: Sequence[UUID]) -> None:
    """Let go what waited for these members' contact data."""
    await tx.execute(_COMPLETE.format(which="(d.member = ANY($1) OR d.other = ANY($1))"), members)


async def complete_offers(tx: Tx, offers: Sequence[UUID]) -> None:
    """Let go what waited for these offers."""
    await tx.execute(_COMPLETE.format(which="d.offer = ANY($1)"), offers)


async def complete_organisations(tx: Tx, organisations: Sequence[str]) -> None:
    """Let go what waited for these organisations' names."""
    await tx.execute(_COMPLETE.format(which=f"{_HOST} = ANY($1)"), organisations)


async def sweep(tx: Tx) -> int:
    """Let go what two processes completed past each other; what waited too long gets its reason and its end."""
    await tx.execute(_COMPLETE.format(which="true"))
    expired = await tx.fetch(_EXPIRE)
    given_up = await tx.fetch(_GIVE_UP)
    if expired or given_up:
        log.warning("delivery.sweep.given_up", expired=len(expired), failed=len(given_up))
    return 0

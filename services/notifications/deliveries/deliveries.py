"""The delivery log: each notification once; what waits for data, and what nobody can deliver."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import structlog

from services.notifications.deliveries import rules
from services.notifications.deliveries.holding import HELD
from services.notifications.deliveries.kinds import Kind
from shared.postgres.locks import lock_key
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)

_NAMESPACE = UUID("6f2d0c39-6c0a-5a55-9d0b-53f6c0a3f9a1")

_LOCK = f"SELECT pg_advisory_xact_lock{{shared}}({lock_key('deliveries')})"

_INSERT = f"""
INSERT INTO delivery
    (delivery, kind, member, other, organisation, offer, facts, correlation_id, happened_at, state, reason, deadline)
SELECT n.delivery, n.kind, n.member, n.other, n.organisation, n.offer, n.facts::jsonb, n.correlation_id, n.happened_at,
       CASE WHEN NOT n.news THEN 'undeliverable' WHEN n.held THEN 'held' ELSE 'waiting' END,
       CASE WHEN NOT n.news THEN 'too long ago' WHEN n.held THEN '{HELD}' END, now() + interval '24 hours'
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[],
            $9::timestamptz[], $10::boolean[], $11::boolean[]) WITH ORDINALITY
     AS n(delivery, kind, member, other, organisation, offer, facts, correlation_id, happened_at, news, held, nth)
WHERE NOT EXISTS (SELECT FROM erased e WHERE e.member IN (n.member, n.other))
ORDER BY n.nth
ON CONFLICT (delivery) DO UPDATE SET state = excluded.state, reason = excluded.reason,
    happened_at = excluded.happened_at, created_at = excluded.created_at, deadline = excluded.deadline,
    composed_at = NULL, lease = NULL, attempts = 0
    WHERE delivery.state = 'superseded'
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


class NewDelivery(NamedTuple):
    """A notification for one member. It exists once: its id is made of its kind and `unique_by`.

    `other_member` is a second member whom the text names. `organisation` is whose matter it is: None where an
    offer is given (then it is the offer's host), or where it is no organisation's. From `news_until` on nobody needs
    to know any more. `held`: a restore brought the change back, so that it may have been sent before.
    """

    kind: Kind
    member: UUID
    unique_by: str
    happened_at: datetime
    correlation_id: str
    other_member: UUID | None = None
    organisation: str | None = None
    offer: UUID | None = None
    facts: Mapping[str, Any] = {}
    news_until: datetime | None = None
    held: bool = False

    @property
    def delivery_id(self) -> UUID:
        return uuid5(_NAMESPACE, f"{self.kind} {self.unique_by}")


async def add_deliveries(tx: Tx, new: Sequence[NewDelivery]) -> None:
    """Add what is new of these, or was superseded and is true again. What has all its data is due at once, the rest
    waits for it for 24 hours, and the sweep sees when it is there. What happened too long ago to be news is
    undeliverable, and what may have been sent before a restore is held."""
    if not new:
        return
    await tx.execute(_LOCK.format(shared="_shared"))
    now = datetime.now(UTC)
    new = list({n.delivery_id: n for n in reversed(new)}.values())[::-1]
    added = await tx.fetch(
        _INSERT,
        [n.delivery_id for n in new],
        [n.kind for n in new],
        [n.member for n in new],
        [n.other_member for n in new],
        [n.organisation for n in new],
        [n.offer for n in new],
        [json.dumps(n.facts) for n in new],
        [n.correlation_id for n in new],
        [n.happened_at for n in new],
        [rules.is_news(n.happened_at, now, n.news_until) for n in new],
        [n.held for n in new],
    )
    await complete_deliveries(tx, [row["delivery"] for row in added])
    for row in added:
        log.info("delivery.add.done", **{name: str(value) for name, value in row.items()})


async def hold_additions(tx: Tx) -> None:
    """Until `tx` ends nobody adds deliveries, and those that others were adding are there: so whoever is erased in
    `tx` is left in none."""
    await tx.execute(_LOCK.format(shared=""))


async def complete_deliveries(tx: Tx, deliveries: Sequence[UUID]) -> None:
    """Make due those of these that wait for nothing any more."""
    await tx.execute(_COMPLETE.format(which="d.delivery = ANY($1)"), deliveries)


async def complete_members(tx: Tx, members: Sequence[UUID]) -> None:
    """Make due what waited for these members' contact data."""
    await tx.execute(_COMPLETE.format(which="(d.member = ANY($1) OR d.other = ANY($1))"), members)

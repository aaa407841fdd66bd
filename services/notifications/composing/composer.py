"""The composer: what is due gets its text, and its copies for partners' own systems, in one transaction."""

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

import asyncpg
from structlog.contextvars import bound_contextvars

from services.notifications.composing import partner_copies, texts
from services.notifications.composing.occasions import find_end
from services.notifications.composing.texts import ComposedText
from services.notifications.composing.values import collect_values
from services.notifications.deliveries import superseding
from services.notifications.deliveries.kinds import Kind
from shared.contracts.events import Offer
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "compose"
BATCH = 50
LONGEST_TURN_SECONDS = 0.02

_FIND = f"""
SELECT d.delivery::text FROM delivery d
WHERE d.state = 'due' AND d.composed_at IS NULL AND {can_begin(WORKER, "d.delivery")}
ORDER BY d.place LIMIT {BATCH}
FOR UPDATE SKIP LOCKED"""

_CLAIM = """
SELECT d.delivery, d.kind, d.organisation, d.facts, d.correlation_id, now() AS at, r.ids, r.language,
       concat_ws(' ', r.given_name, r.family_name) AS name, o.data AS offer, g.name AS organisation_name,
       CASE WHEN x.member IS NOT NULL THEN concat_ws(' ', x.given_name, x.family_name) END AS other,
       x.email AS other_address
FROM delivery d
JOIN recipient r ON r.member = d.member
LEFT JOIN recipient x ON x.member = d.other
LEFT JOIN offer o ON o.offer = d.offer
LEFT JOIN organisation g ON g.organisation = d.organisation
WHERE d.delivery = ANY($1) AND d.state = 'due' AND d.composed_at IS NULL
ORDER BY d.place
FOR UPDATE OF d SKIP LOCKED"""

# Whom the mail's head names is as frozen as the text that names them too.
_STORE = """
UPDATE delivery d SET composed_at = now(), due_at = now(), language = n.language, subject = n.subject,
    text = n.text, html = n.html,
    envelope = jsonb_build_object('organisation', n.organisation, 'name', n.name, 'other_address', n.other_address)
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
     AS n(delivery, language, subject, text, html, organisation, name, other_address)
WHERE d.delivery = n.delivery"""

_FAIL = """
UPDATE delivery SET state = 'failed', reason = $2
WHERE delivery = $1 AND state = 'due' AND composed_at IS NULL"""


@dataclass(frozen=True)
class Composer:
    """Writes the texts. `site` is the origin of all pages, to which their links lead."""

    partners: Collection[str]
    site: str

    async def compose_texts(self, tx: Tx, deliveries: Sequence[str]) -> None:
        """Compose those of these that are due and still true, and put the copies for partners in the outbox.

        Raises whatever is wrong with one of them; then nothing was done.
        """
        claimed = await tx.fetch(_CLAIM, [UUID(each) for each in deliveries])
        ended = await superseding.supersede_confirmations(tx, [row["delivery"] for row in claimed])
        composed = await self._render_texts([row for row in claimed if row["delivery"] not in ended])
        await _store_texts(tx, composed)
        await self._publish_copies(tx, composed)

    async def _render_texts(
        self, rows: Sequence[asyncpg.Record]
    ) -> Sequence[tuple[asyncpg.Record, ComposedText]]:
        """In between, others have their turn at the event loop."""
        composed, began = [], time.monotonic()
        for row in rows:
            composed.append((row, self._render_text(row)))
            if time.monotonic() - began > LONGEST_TURN_SECONDS:
                await asyncio.sleep(0)
                began = time.monotonic()
        return composed

    def _render_text(self, row: asyncpg.Record) -> ComposedText:
        language = texts.choose_language(row["language"])
        return texts.render_text(Kind(row["kind"]), language, collect_values(row, language, self.site))

    async def _publish_copies(self, tx: Tx, composed: Sequence[tuple[asyncpg.Record, ComposedText]]) -> None:
        by_correlation = sorted(composed, key=lambda pair: str(pair[0]["correlation_id"]))
        for correlation_id, group in groupby(by_correlation, key=lambda pair: pair[0]["correlation_id"]):
            copies = [copy for row, text in group for copy in self._build_copies(row, text)]
            if copies:
                with bound_contextvars(correlation_id=correlation_id):
                    await outbox.put_all(tx, copies)

    def _build_copies(self, row: asyncpg.Record, text: ComposedText) -> Sequence[Outgoing]:
        delivery: UUID = row["delivery"]
        at: datetime = row["at"]
        return partner_copies.build_copies(
            delivery,
            row["kind"],
            text,
            at,
            expires_at=find_end(Offer.model_validate(row["offer"])) if row["offer"] else None,
            organisation=row["organisation"],
            ids=row["ids"],
            partners=self.partners,
        )


async def find_uncomposed(tx: Tx) -> Sequence[str]:
    """What is due and has no text yet, at most a batch."""
    return [row["delivery"] for row in await tx.fetch(_FIND)]


async def fail_delivery(tx: Tx, delivery: str, error: str) -> None:
    """Write down that the text can't be made."""
    await tx.execute(_FAIL, UUID(delivery), f"the text could not be made: {error}")


async def _store_texts(tx: Tx, composed: Sequence[tuple[asyncpg.Record, ComposedText]]) -> None:
    await tx.execute(
        _STORE,
        [row["delivery"] for row, _ in composed],
        [text.language for _, text in composed],
        [text.subject for _, text in composed],
        [text.text for _, text in composed],
        [text.html for _, text in composed],
        [row["organisation_name"] for row, _ in composed],
        [row["name"] for row, _ in composed],
        [row["other_address"] for row, _ in composed],
    )

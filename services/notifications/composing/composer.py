"""Compositions: what is due gets its texts, and its copy for a partner's own systems, in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from structlog.contextvars import bound_contextvars

from services.notifications.composing import occasions, partner_copies, texts
from services.notifications.composing.texts import Text
from services.notifications.deliveries.kinds import Kind
from shared.contracts import vocabulary
from shared.contracts.events import Offer
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)

BATCH = 50

_CLAIM = """
SELECT d.delivery, d.kind, d.organisation, d.facts, d.correlation_id, now() AS at, r.ids, r.language,
       concat_ws(' ', r.given_name, r.family_name) AS name, o.data AS offer, g.name AS organisation_name,
       CASE WHEN x.member IS NOT NULL THEN concat_ws(' ', x.given_name, x.family_name) END AS other
FROM delivery d
JOIN recipient r ON r.member = d.member
LEFT JOIN recipient x ON x.member = d.other
LEFT JOIN offer o ON o.offer = d.offer
LEFT JOIN organisation g ON g.organisation = d.organisation
WHERE d.state = 'due' AND d.composed_at IS NULL
ORDER BY d.place LIMIT $1
FOR UPDATE OF d SKIP LOCKED"""

_STORE = """
UPDATE delivery d SET composed_at = now(), due_at = now(), language = n.language, subject = n.subject,
    text = n.text, html = n.html
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
     AS n(delivery, language, subject, text, html)
WHERE d.delivery = n.delivery"""

_FAIL = "UPDATE delivery SET state = 'failed', reason = $2 WHERE delivery = $1"


@dataclass(frozen=True)
class Composer:
    """Writes the texts. `site` is the address of the public pages, or empty: then mails have no button."""

    partners: Collection[str] = ()
    site: str = ""

    async def compose(self, tx: Tx) -> int:
        """Compose what is due, at most a batch; returns how many. A text that can't be made fails with its
        reason."""
        rows = await tx.fetch(_CLAIM, BATCH)
        made = [(row, text) for row in rows if (text := await self._text(tx, row))]
        await _store(tx, made)
        await self._hand_to_partners(tx, made)
        return len(rows)

    async def _text(self, tx: Tx, row: asyncpg.Record) -> Text | None:
        language = texts.chosen(row["language"])
        try:
            return texts.render(Kind(row["kind"]), language, _values(row, language, self.site))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one text, the others go on
            reason = f"the text could not be made: {type(error).__name__}"
            await tx.execute(_FAIL, row["delivery"], reason)
            log.error("delivery.compose.failed", delivery=str(row["delivery"]), error=type(error).__name__)
            return None

    async def _hand_to_partners(self, tx: Tx, made: Sequence[tuple[asyncpg.Record, Text]]) -> None:
        by_correlation = sorted(made, key=lambda pair: str(pair[0]["correlation_id"]))
        for correlation_id, group in groupby(by_correlation, key=lambda pair: pair[0]["correlation_id"]):
            copies = [copy for row, text in group for copy in self._copies(row, text)]
            if copies:
                with bound_contextvars(correlation_id=correlation_id):
                    await outbox.put_all(tx, copies)

    def _copies(self, row: asyncpg.Record, text: Text) -> Sequence[Outgoing]:
        delivery: UUID = row["delivery"]
        at: datetime = row["at"]
        return partner_copies.copies(
            delivery,
            row["kind"],
            text,
            at,
            organisation=row["organisation"],
            ids=row["ids"],
            partners=self.partners,
        )


async def _store(tx: Tx, made: Sequence[tuple[asyncpg.Record, Text]]) -> None:
    await tx.execute(
        _STORE,
        [row["delivery"] for row, _ in made],
        [text.language for _, text in made],
        [text.subject for _, text in made],
        [text.text for _, text in made],
        [text.html for _, text in made],
    )


def _values(row: asyncpg.Record, language: str, site: str) -> dict[str, Any]:
    people = {"name": row["name"], "other": row["other"], "organisation": row["organisation_name"]}
    return people | {"link": site or None} | _offer(row, language, site) | _facts(row["facts"], language)


def _offer(row: asyncpg.Record, language: str, site: str) -> dict[str, Any]:
    if row["offer"] is None:
        return {}
    offer = Offer.model_validate(row["offer"])
    return {
        "title": offer.title,
        "title_language": offer.title_language,
        "when": occasions.when(offer, language),
        "where": occasions.where(offer, language),
        "link": f"{site}/events/{offer.slug}" if site else None,
    }


def _facts(facts: dict[str, Any], language: str) -> dict[str, Any]:
    if "region" not in facts:
        return facts
    countries, regions, themes = vocabulary.countries(), vocabulary.regions(), vocabulary.themes()
    return {
        "region": _name(regions, facts["region"], language),
        "themes": ", ".join(_name(themes, theme, language) for theme in facts["themes"]),
        "from_country": _name(countries, facts["from_country"], language),
        "to_country": _name(countries, facts["to_country"], language),
    }


def _name(terms: Any, code: str, language: str) -> str:
    """The name of a code, or the code itself where this build's vocabulary is older than the message."""
    term = terms.get(code)
    return term.name(language) if term else code

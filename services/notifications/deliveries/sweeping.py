"""The sweep of the delivery log: what waits for nothing any more is due, and what waited too long comes to its end."""

from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from services.notifications.deliveries.deliveries import complete_deliveries
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)

PAGE = 1_000

_READ_PAGE = f"""
SELECT delivery, deadline, place FROM delivery
WHERE state = 'waiting' AND (deadline, place) > ($1, $2) ORDER BY deadline, place LIMIT {PAGE}"""

_EXPIRE = """
UPDATE delivery d SET state = 'undeliverable', reason = CASE
    WHEN NOT EXISTS (SELECT FROM recipient r WHERE r.member = d.member) THEN 'no contact data arrived'
    WHEN d.offer IS NOT NULL AND NOT EXISTS (SELECT FROM offer f WHERE f.offer = d.offer)
        THEN 'the offer never became known'
    WHEN d.other IS NOT NULL AND NOT EXISTS (SELECT FROM recipient r WHERE r.member = d.other)
        THEN 'the other person never became known'
    ELSE 'the organisation never became known' END
WHERE d.delivery = ANY($1) AND d.state = 'waiting' AND d.deadline < now()"""

_GIVE_UP = f"""
UPDATE delivery SET state = 'failed', reason = coalesce(reason, 'no mail server took it for three days'),
    envelope = NULL
WHERE delivery IN (
    SELECT delivery FROM delivery WHERE state = 'due' AND created_at < now() - interval '3 days'
    ORDER BY created_at LIMIT {PAGE})"""


class PageEnd(NamedTuple):
    """Where a page of what waits ends, and the next one begins."""

    deadline: datetime
    place: int


START = PageEnd(datetime.min.replace(tzinfo=UTC), 0)


async def sweep_waiting(tx: Tx, after: PageEnd) -> PageEnd | None:
    """Look at the next page of what waits: make due what has all its data by now, end what is past its deadline.
    Returns where the page ends; None if it was the last.

    However much waits for one offer or one organisation, its message completes nothing by itself."""
    rows = await tx.fetch(_READ_PAGE, *after)
    ids = [row["delivery"] for row in rows]
    await complete_deliveries(tx, ids)
    _log_ended("undeliverable", await tx.execute(_EXPIRE, ids))
    return PageEnd(rows[-1]["deadline"], rows[-1]["place"]) if len(rows) == PAGE else None


async def give_up_overdue(tx: Tx) -> bool:
    """Fail what was due for three days, at most a page. False if that was all."""
    return _log_ended("failed", await tx.execute(_GIVE_UP)) == PAGE


def _log_ended(state: str, command_tag: str) -> int:
    count = int(command_tag.rpartition(" ")[2])
    if count:
        log.warning("delivery.sweep.ended", state=state, deliveries=count)
    return count

"""Lapsing: what is asked of an adviser who can't take it on any more goes back to the desk."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.matching.advisers import availability
from services.matching.proposals import proposals
from services.matching.requests import announcements
from shared.contracts.matching import Lapse
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "lapsing"
PAGE = 50


async def find_unchecked(tx: Tx) -> Sequence[str]:
    """An adviser whose open proposals are to be looked at, if there is one."""
    rows = await tx.fetch(
        f"SELECT member::text FROM lapsing WHERE {can_begin(WORKER, 'member')}"
        " ORDER BY member LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["member"] for row in rows]


async def lapse_proposals(tx: Tx, advisers: Sequence[str]) -> None:
    """Withdraw a page of the open proposals of each of these who became full or doesn't advise any more.

    `MentorshipReopened` is published for each request. Locks are taken as everywhere: person, requests by key,
    adviser.
    """
    for adviser in map(UUID, advisers):
        await _lapse_page(tx, adviser)


async def _lapse_page(tx: Tx, member: UUID) -> None:
    await tx.execute("SELECT FROM person WHERE member = $1 FOR SHARE", member)
    requests = await _lock_page(tx, member)
    lapse = await availability.find_lapse(tx, member)
    if lapse is not None:
        await _withdraw_proposals(tx, member, requests, lapse)
    await availability.close_check(tx, member, lapse)


async def _lock_page(tx: Tx, adviser: UUID) -> Sequence[asyncpg.Record]:
    return await tx.fetch(
        """
        SELECT * FROM request WHERE request IN (
            SELECT request FROM proposal WHERE adviser = $1 AND state = 'proposed' ORDER BY request LIMIT $2)
        ORDER BY request FOR UPDATE""",
        adviser,
        PAGE,
    )


async def _withdraw_proposals(
    tx: Tx, adviser: UUID, requests: Sequence[asyncpg.Record], lapse: Lapse
) -> None:
    rows = await tx.fetch(
        "UPDATE proposal SET state = 'withdrawn', lapse = $3"
        " WHERE adviser = $1 AND request = ANY($2) AND state = 'proposed' RETURNING request",
        adviser,
        [request["request"] for request in requests],
        lapse,
    )
    withdrawn = {row["request"] for row in rows}
    for request in requests:
        if request["request"] in withdrawn:
            await proposals.remove_adviser(tx, request, adviser)
    await announcements.announce_changes(tx, dict.fromkeys(withdrawn, "MentorshipReopened"))

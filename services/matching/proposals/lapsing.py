"""Lapsing: what is asked of an adviser who can't take it on any more goes back to the desk."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.matching.advisers import availability
from services.matching.proposals import proposals
from services.matching.requests import announcements
from shared.contracts.matching import Lapse
from shared.postgres.pool import Tx

PAGE = 50


async def lapse_proposals(tx: Tx) -> bool:
    """Withdraw a page of the open proposals of one adviser who became full or doesn't advise any more.

    `MentorshipReopened` is published for each request. Returns False if no adviser is to be looked at. Locks are
    taken as everywhere: person, requests by key, adviser.
    """
    member = await tx.fetchval("SELECT member FROM lapsing ORDER BY member LIMIT 1")
    if member is None:
        return False
    await tx.execute("SELECT FROM person WHERE member = $1 FOR SHARE", member)
    requests = await _lock_page(tx, member)
    lapse = await availability.find_lapse(tx, member)
    if lapse is not None:
        await _withdraw_proposals(tx, member, requests, lapse)
    await availability.close_check(tx, member, lapse)
    return True


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

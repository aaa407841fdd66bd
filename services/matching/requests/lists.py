"""Lists of requests, each in pages by an index."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.matching.requests import departures, seats
from services.matching.requests.requests import RequestSummary
from shared.access.principal import Principal
from shared.contracts.matching import RequestState
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest

_AT_DESKS = f"""
SELECT found.* FROM unnest($1::text[]) AS mine (desk), unnest($2::text[]) AS wanted (state), LATERAL (
    SELECT *, {departures.ERASED} FROM request
    WHERE request.desk = mine.desk AND request.state = wanted.state AND request.request > $3
    ORDER BY request.request LIMIT $4) AS found
ORDER BY found.request LIMIT $4"""
_FIRST = UUID(int=0)
_DUE_AT_DESKS = """
SELECT found.* FROM unnest($1::text[]) AS mine (desk), LATERAL (
    SELECT * FROM request WHERE request.desk = mine.desk AND request.state = $2
    ORDER BY request.changed_at, request.request LIMIT $3) AS found
ORDER BY found.changed_at, found.request LIMIT $3"""


async def list_requests(
    tx: Tx, asker: Principal, paging: PageRequest, desk: Slug | None, state: RequestState | None
) -> Page[RequestSummary]:
    """Requests at the desks where the asker sits, or at one of them, the oldest first."""
    [after] = paging.cursor_parts(UUID)
    mine = await seats.list_desks(tx, asker.require_member())
    rows = await tx.fetch(
        _AT_DESKS,
        [each for each in mine if desk in (None, each)],
        [state] if state else list(RequestState),
        after or _FIRST,
        paging.limit + 1,
    )
    return paging.build_page(
        [RequestSummary.model_validate(departures.leave_out_marked(row)) for row in rows],
        [[row["request"]] for row in rows],
    )


async def list_own(tx: Tx, member: UUID, limit: int) -> list[dict[str, Any]]:
    """What a member asked, the newest first."""
    rows = await tx.fetch(
        "SELECT * FROM request WHERE requester = $1 ORDER BY request DESC LIMIT $2", member, limit
    )
    return await departures.leave_out_erased(tx, rows)


async def list_advised(tx: Tx, member: UUID) -> list[dict[str, Any]]:
    """The requests that a member took on as adviser, the oldest first; there are as many as places at most."""
    rows = await tx.fetch(
        "SELECT * FROM request WHERE adviser = $1 AND state IN ('accepted', 'agreed') ORDER BY request LIMIT 50",
        member,
    )
    return await departures.leave_out_erased(tx, rows)


async def list_proposed(tx: Tx, member: UUID, limit: int) -> list[dict[str, Any]]:
    """The requests on which a member is asked to advise, the oldest first, each with its `proposal`."""
    rows = await tx.fetch(
        "SELECT r.*, p.proposal FROM proposal p JOIN request r USING (request)"
        " WHERE p.adviser = $1 AND p.state = 'proposed' ORDER BY request LIMIT $2",
        member,
        limit,
    )
    return await departures.leave_out_erased(tx, rows)


async def list_due(tx: Tx, desks: Sequence[str], state: RequestState, limit: int) -> list[dict[str, Any]]:
    """Requests at these desks in a state, by deadline."""
    return await departures.leave_out_erased(tx, await tx.fetch(_DUE_AT_DESKS, desks, state, limit))


async def count_at_desks(tx: Tx, desks: Sequence[str], state: RequestState, most: int) -> int:
    """How many requests are at these desks in a state, counted up to `most`."""
    return int(
        await tx.fetchval(
            "SELECT count(*) FROM (SELECT FROM request WHERE desk = ANY($1) AND state = $2 LIMIT $3) AS found",
            desks,
            state,
            most,
        )
    )

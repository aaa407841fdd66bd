"""Lists of requests, each in pages by an index."""

from uuid import UUID

from services.matching.requests import departures, seats
from services.matching.requests.requests import RequestSummary
from shared.access.principal import Principal
from shared.contracts.matching import RequestState
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest

_AT_DESKS = """
SELECT found.* FROM unnest($1::text[]) AS mine (desk), unnest($2::text[]) AS wanted (state), LATERAL (
    SELECT * FROM request WHERE request.desk = mine.desk AND request.state = wanted.state AND request.request > $3
    ORDER BY request.request LIMIT $4) AS found
ORDER BY found.request LIMIT $4"""
_FIRST = UUID(int=0)


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
        [RequestSummary.model_validate(row) for row in await departures.leave_out_erased(tx, rows)],
        [[row["request"]] for row in rows],
    )

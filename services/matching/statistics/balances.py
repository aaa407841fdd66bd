"""The balance between countries, of what the world was told: who asks whom, by pairs of them."""

from pydantic import BaseModel

from shared.contracts.model import Country
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class DirectionCounts(BaseModel):
    """What one country's members asked of the other's."""

    from_country: Country
    to_country: Country
    requests: int
    agreed: int


class CountryBalance(BaseModel):
    """Two countries, each asking the other; requests within one country or about many are not in it."""

    there: DirectionCounts
    back: DirectionCounts


async def list_balances(tx: Tx, paging: PageRequest) -> Page[CountryBalance]:
    """Requests and agreed mentorships by pair of countries, in the order of their codes.

    Of what the last release told: two countries may have few requests, and a count that rises at once is somebody's.
    """
    one, other = paging.cursor_parts(str, str)
    rows = await tx.fetch(
        """
        SELECT least(from_country, to_country) AS a, greatest(from_country, to_country) AS b,
               count(*) FILTER (WHERE from_country < to_country) AS there,
               count(agreed_at) FILTER (WHERE from_country < to_country AND told) AS agreed_there,
               count(*) FILTER (WHERE from_country > to_country) AS back,
               count(agreed_at) FILTER (WHERE from_country > to_country AND told) AS agreed_back
        FROM request, LATERAL (SELECT public_state IN ('agreed', 'ended') AS told) agreement
        WHERE from_country <> to_country AND public_version > 0
          AND ($1::text IS NULL
               OR (least(from_country, to_country), greatest(from_country, to_country)) > ($1, $2::text))
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $3""",
        one,
        other,
        paging.limit + 1,
    )
    items = [
        CountryBalance(
            there=DirectionCounts(from_country=a, to_country=b, requests=there, agreed=agreed_there),
            back=DirectionCounts(from_country=b, to_country=a, requests=back, agreed=agreed_back),
        )
        for a, b, there, agreed_there, back, agreed_back in rows
    ]
    return paging.build_page(items, [[row["a"], row["b"]] for row in rows])

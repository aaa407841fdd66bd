"""Counts without persons: what the service holds, and who asks whom by pairs of countries."""

from pydantic import BaseModel

from shared.contracts.matching import RequestState
from shared.contracts.model import Country
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class Figures(BaseModel):
    """`agreed`: mentorships that were ever agreed; `requests` is by state."""

    desks: int
    members: int
    advisers: int
    requests: dict[RequestState, int]
    proposals: int
    agreed: int


class Direction(BaseModel):
    """What one country's members asked of the other's."""

    from_country: Country
    to_country: Country
    requests: int
    agreed: int


class Balance(BaseModel):
    """Two countries, each asking the other; requests within one country or about many are not in it."""

    there: Direction
    back: Direction


async def figures(tx: Tx) -> Figures:
    """The service's counts as they are now."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM desk) AS desks, (SELECT count(*) FROM proposal) AS proposals,
               (SELECT count(*) FROM person WHERE NOT gone) AS members,
               (SELECT count(*) FROM person WHERE advises) AS advisers,
               (SELECT count(*) FROM request WHERE agreed_at IS NOT NULL) AS agreed"""
    )
    assert row is not None
    states = await tx.fetch("SELECT state, count(*) AS requests FROM request GROUP BY state")
    counted = dict.fromkeys(RequestState, 0) | {r["state"]: r["requests"] for r in states}
    return Figures.model_validate({**row, "requests": counted})


async def balance(tx: Tx, paging: PageRequest) -> Page[Balance]:
    """Requests and agreed mentorships by pair of countries, in the order of their codes."""
    one, other = paging.cursor_parts(str, str)
    rows = await tx.fetch(
        """
        SELECT least(from_country, to_country) AS a, greatest(from_country, to_country) AS b,
               count(*) FILTER (WHERE from_country < to_country) AS there,
               count(agreed_at) FILTER (WHERE from_country < to_country) AS agreed_there,
               count(*) FILTER (WHERE from_country > to_country) AS back,
               count(agreed_at) FILTER (WHERE from_country > to_country) AS agreed_back
        FROM request WHERE from_country <> to_country
          AND ($1::text IS NULL
               OR (least(from_country, to_country), greatest(from_country, to_country)) > ($1, $2::text))
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $3""",
        one,
        other,
        paging.limit + 1,
    )
    items = [
        Balance(
            there=Direction(from_country=a, to_country=b, requests=there, agreed=agreed_there),
            back=Direction(from_country=b, to_country=a, requests=back, agreed=agreed_back),
        )
        for a, b, there, agreed_there, back, agreed_back in rows
    ]
    return paging.build_page(items, [[row["a"], row["b"]] for row in rows])

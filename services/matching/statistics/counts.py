"""Counts without persons of what the service holds."""

from pydantic import BaseModel

from shared.contracts.matching import RequestState
from shared.postgres.pool import Tx


class MatchingStatistics(BaseModel):
    """`agreed`: mentorships that were ever agreed; `requests` is by state."""

    desks: int
    members: int
    advisers: int
    requests: dict[RequestState, int]
    proposals: int
    agreed: int


async def count_all(tx: Tx) -> MatchingStatistics:
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
    return MatchingStatistics.model_validate({**row, "requests": counted})

"""Counts without persons, to compare with those of other services."""

from shared.contracts.model import Contract
from shared.postgres.pool import Tx


class MemberStatistics(Contract):
    """How many there are now; `duplicates` are pairs that nobody has decided on."""

    organisations: int
    programmes: int
    members: int
    affiliations: int
    duplicates: int
    erased: int


async def count_all(tx: Tx) -> MemberStatistics:
    """The statistics as this transaction sees them."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM organisation) AS organisations,
               (SELECT count(*) FROM programme) AS programmes,
               (SELECT count(*) FROM member) AS members,
               (SELECT count(*) FROM affiliation) AS affiliations,
               (SELECT count(*) FROM duplicate_candidate WHERE decision IS NULL) AS duplicates,
               (SELECT count(*) FROM erased) AS erased"""
    )
    assert row is not None
    return MemberStatistics.model_validate(dict(row))

"""The ledger: what went wrong between the cards that were committed and the effects that arrived."""

from typing import NamedTuple

from shared.postgres.pool import Connection

_COUNTS = """
WITH arrived AS (
    SELECT member, version, min(position) AS position, count(*) AS times FROM events.effect GROUP BY 1, 2),
ordered AS (
    SELECT version < max(version) OVER (
        PARTITION BY member ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS late
    FROM arrived),
owned AS (SELECT a.member FROM arrived a JOIN members.card c ON c.member = a.member AND a.version <= c.version)
SELECT (SELECT coalesce(sum(version), 0) FROM members.card) - (SELECT count(*) FROM owned) AS lost,
       (SELECT coalesce(sum(times - 1), 0) FROM arrived) AS duplicates,
       (SELECT count(*) FROM ordered WHERE late) AS reorderings,
       (SELECT count(*) FROM arrived) - (SELECT count(*) FROM owned) AS phantom_writes"""


class FaultCounts(NamedTuple):
    """What went wrong; all zero if nothing did."""

    lost: int
    duplicates: int
    reorderings: int
    phantom_writes: int


async def count_faults(connection: Connection) -> FaultCounts:
    """Compare the versions that each card had with their arrivals. A version that arrives for the first time after
    a newer one of its card is a reordering; every arrival after the first is a duplicate; one that its card never
    had is a phantom write."""
    row = await connection.fetchrow(_COUNTS)
    assert row is not None
    return FaultCounts(*(int(value) for value in row.values()))


async def count_arrived(connection: Connection) -> int:
    """How many different versions arrived."""
    return int(await connection.fetchval("SELECT count(DISTINCT (member, version)) FROM events.effect"))

"""Releases: what single persons did goes out together, at fixed times, so that nobody can tell who it was.

A release is due once in each interval counted from 1970 (UTC): not so long after somebody's act, but at a time that
is known beforehand. Once a day, after midnight, it is a whole one: all that is due goes out.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.postgres.pool import Tx

DAY_SECONDS = 24 * 60 * 60

_CLAIM = """
WITH claimed AS MATERIALIZED (SELECT whole_at FROM release FOR UPDATE SKIP LOCKED)
UPDATE release SET at = now() FROM claimed
WHERE div(extract(epoch FROM at), $1) < div(extract(epoch FROM now()), $1)
RETURNING at, div(extract(epoch FROM claimed.whole_at), $2) < div(extract(epoch FROM now()), $2) AS whole"""


@dataclass(frozen=True)
class Release:
    """A release whose time has come; `whole`: everything that is due goes out."""

    at: datetime
    whole: bool


async def claim_release(tx: Tx, interval: int) -> Release | None:
    """The release of this interval of so many seconds, if nobody has claimed it."""
    row = await tx.fetchrow(_CLAIM, interval, DAY_SECONDS)
    return None if row is None else Release(row["at"], row["whole"])


async def complete_release(tx: Tx, release: Release) -> None:
    """Note that all of a whole release is written. Without that, the next one is whole again."""
    await tx.execute("UPDATE release SET whole_at = $1", release.at)

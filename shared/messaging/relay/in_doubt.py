"""In-doubt pages: what a leader had sent when it died, or gave up waiting for, may be written after newer messages.

The epoch fences the cursor, not the broker. So when nothing old can be in flight any more, the newest message of
each key of such a page goes out again: the last record of a key on its topic, which compaction keeps, is then its
newest one.
"""

from typing import NamedTuple

import asyncpg

from shared.messaging.relay.cursor import COLUMNS
from shared.postgres.pool import Connection

# Longer than a request waits for its answer, so that an old one was written by then or never will be.
IN_FLIGHT_SECONDS = 20

_RECORD = """
INSERT INTO in_doubt (above, upto, due) VALUES ($1, $2, now() + make_interval(secs => $3))
ON CONFLICT (above, upto) DO UPDATE SET due = excluded.due"""

_NEWEST = f"""
SELECT * FROM (
    SELECT DISTINCT ON (topic, key) {COLUMNS} FROM outbox
    WHERE id > $1 AND pg_visible_in_snapshot(xid, $3::text::pg_snapshot)
      AND (topic, key) IN (
          SELECT topic, key FROM outbox
          WHERE id > $1 AND id <= $2 AND pg_visible_in_snapshot(xid, $3::text::pg_snapshot))
    ORDER BY topic, key, id DESC) AS newest
ORDER BY id"""


class InDoubtPage(NamedTuple):
    """Ids above the one, up to the other."""

    above: int
    upto: int


async def record_page(session: Connection, page: InDoubtPage) -> None:
    """Write down that this page is in doubt from now on; it is due when nothing old can be in flight any more."""
    await session.execute(_RECORD, *page, IN_FLIGHT_SECONDS)


async def find_due_page(session: Connection) -> InDoubtPage | None:
    """A page whose newest messages can be sent again now."""
    row = await session.fetchrow("SELECT above, upto FROM in_doubt WHERE due <= now() ORDER BY due LIMIT 1")
    return None if row is None else InDoubtPage(row["above"], row["upto"])


async def read_newest_rows(session: Connection, page: InDoubtPage, sent: str) -> list[asyncpg.Record]:
    """The newest row of each key in doubt, among those that the snapshot `sent` sees; by id."""
    return await session.fetch(_NEWEST, *page, sent)


async def delete_page(session: Connection, page: InDoubtPage) -> None:
    """Forget a page: its newest messages are acknowledged."""
    await session.execute("DELETE FROM in_doubt WHERE above = $1 AND upto = $2", *page)

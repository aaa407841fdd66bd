"""The relay's cursor over the outbox: the difference of two snapshots, read in pages by id.

`xid < pg_snapshot_xmin(…)` inverts the order of a key and stalls behind any long writer; `id > last` loses
rows that commit late. The difference of snapshots does neither (the PgQ algorithm).
"""

from dataclasses import dataclass, replace

import asyncpg

from shared.postgres.pool import Connection

# For the sessions of a relay. The newest ids and transaction ids are always beyond the planner's statistics: it
# expects one row, and would scan or sort the whole backlog for each page instead of reading on by index. With no
# other way left, one plan serves all polls; to make another plan costs more than to poll.
PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_sort": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}

COLUMNS = "id, message_id, topic, key, type, sequence, headers, payload, at"

# What the statement itself sees is what `upto` sees: one snapshot serves both. The row is found by its ctid, or
# each window would step over all the row's dead versions that a long reader keeps.
_OPEN = """
WITH unseen AS MATERIALIZED (
    SELECT id FROM outbox WHERE xid >= pg_snapshot_xmax($1::text::pg_snapshot)
    UNION ALL
    SELECT id FROM outbox WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)))),
first AS (SELECT min(id) AS id FROM unseen),
saved AS (
    UPDATE relay SET seen = $1::text::pg_snapshot, upto = pg_current_snapshot(), last_id = first.id - 1
    FROM first WHERE first.id IS NOT NULL AND relay.ctid = $2::text::tid AND epoch = $3
    RETURNING relay.ctid)
SELECT pg_current_snapshot()::text AS upto, (SELECT id FROM first) AS first, (SELECT ctid FROM saved)::text AS row_id"""

_PAGE = f"""
SELECT {COLUMNS} FROM outbox
WHERE id > $3
  AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
  AND pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
ORDER BY id LIMIT $4"""

# A row that was lost is inserted again. It has seen nothing, so all that is kept goes out again, which receivers drop;
# and its epoch is beyond all that were counted before.
_RENEW = """
INSERT INTO relay (seen, epoch) VALUES ('3:3:', extract(epoch FROM clock_timestamp())::bigint)
ON CONFLICT DO NOTHING"""
_TAKE_OVER = """
UPDATE relay SET epoch = relay.epoch + 1, clean = false
FROM (SELECT clean FROM relay FOR UPDATE) AS before
RETURNING seen::text, upto::text, last_id, epoch, relay.ctid::text AS row_id, before.clean"""
_SAVE = """
UPDATE relay SET seen = $1::text::pg_snapshot, upto = $2::text::pg_snapshot, last_id = $3, clean = $6
WHERE ctid = $4::text::tid AND epoch = $5 RETURNING ctid::text"""


class Deposed(Exception):
    """Another relay has taken over since."""


@dataclass(frozen=True)
class Cursor:
    """Sent is all that `seen` sees, and of what `upto` sees besides, the ids up to `last_id`.

    Without `upto` no window is open. It is saved before each page is sent, not after: so a successor knows which
    page is in doubt. `epoch` counts the takers, of whom only the newest may save; `row_id` is the row's ctid.
    """

    seen: str
    upto: str | None
    last_id: int
    epoch: int
    row_id: str

    async def open_window(self, session: Connection) -> "Cursor":
        """This cursor with a window open, and saved, unless there is nothing new; then only with `seen` moved on.

        Raises `Deposed` if another took over.
        """
        row = await session.fetchrow(_OPEN, self.seen, self.row_id, self.epoch)
        assert row is not None
        if row["first"] is None:
            return replace(self, seen=row["upto"])
        if row["row_id"] is None:
            raise Deposed
        return replace(self, upto=row["upto"], last_id=row["first"] - 1, row_id=row["row_id"])

    async def read_page(self, session: Connection, size: int) -> list[asyncpg.Record]:
        """The next rows of the open window, at most `size`, by id."""
        return await session.fetch(_PAGE, self.seen, self.upto, self.last_id, size)

    def moved_to(self, last_id: int, *, complete: bool) -> "Cursor":
        """This cursor when the rows up to `last_id` are sent; `complete`: they were the window's last."""
        if complete and self.upto is not None:
            return replace(self, seen=self.upto, upto=None, last_id=0)
        return replace(self, last_id=last_id)

    async def save(self, session: Connection, *, clean: bool = False) -> "Cursor":
        """Write this cursor down; `clean`: its holder leaves, and nothing of it is in flight. Raises `Deposed`,
        and writes nothing, if another took over."""
        row_id = await session.fetchval(
            _SAVE, self.seen, self.upto, self.last_id, self.row_id, self.epoch, clean
        )
        if row_id is None:
            raise Deposed
        return replace(self, row_id=row_id)


async def take_over_cursor(session: Connection) -> tuple[Cursor, bool]:
    """The saved cursor, in a new epoch: whoever held it before can't save any more; and whether its end was clean."""
    await session.execute(_RENEW)
    row = await session.fetchrow(_TAKE_OVER)
    assert row is not None
    return Cursor(row["seen"], row["upto"], row["last_id"], row["epoch"], row["row_id"]), row["clean"]

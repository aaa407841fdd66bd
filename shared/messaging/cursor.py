"""The relay's cursor over the outbox: the difference of two snapshots, read in pages by id.

`xid < pg_snapshot_xmin(…)` inverts the order of a key and stalls behind any long writer; `id > last` loses
rows that commit late. The difference of snapshots does neither (the PgQ algorithm).
"""

from dataclasses import dataclass, replace

import asyncpg

from shared.postgres.pool import Connection

# For the sessions of a relay. The newest ids and transaction ids are always beyond the planner's statistics: it
# expects one row, and so would sort the whole backlog for each page instead of reading on by id.
PLANS = {"plan_cache_mode": "force_custom_plan", "enable_sort": "off"}

# What the statement itself sees is what `upto` sees: one snapshot serves both.
_OPEN = """
WITH unseen AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE xid >= pg_snapshot_xmax($1::text::pg_snapshot)
       OR xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot))))
SELECT pg_current_snapshot()::text AS upto, (SELECT min(id) FROM unseen) AS first"""

_PAGE = """
SELECT id, message_id, topic, key, type, sequence, headers, payload, at FROM outbox
WHERE id > $3
  AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
  AND pg_visible_in_snapshot(xid, $2::text::pg_snapshot)
ORDER BY id LIMIT $4"""

_TAKE = "UPDATE relay SET epoch = epoch + 1 RETURNING seen::text, upto::text, last_id, epoch"
_SAVE = """
UPDATE relay SET seen = $1::text::pg_snapshot, upto = $2::text::pg_snapshot, last_id = $3 WHERE epoch = $4"""


class Deposed(Exception):
    """Another relay has taken over since."""


@dataclass(frozen=True)
class Cursor:
    """Sent is all that `seen` sees, and of what `upto` sees besides, the ids up to `last_id`.

    Without `upto` no window is open. `epoch` counts the takers; only the newest may save.
    """

    seen: str
    upto: str | None
    last_id: int
    epoch: int

    async def opened(self, session: Connection) -> "Cursor":
        """This cursor with a window open, unless there is nothing new; then only with `seen` moved on."""
        row = await session.fetchrow(_OPEN, self.seen)
        assert row is not None
        if row["first"] is None:
            return replace(self, seen=row["upto"])
        return replace(self, upto=row["upto"], last_id=row["first"] - 1)

    async def page(self, session: Connection, size: int) -> list[asyncpg.Record]:
        """The next rows of the open window, at most `size`, by id."""
        return await session.fetch(_PAGE, self.seen, self.upto, self.last_id, size)

    def after(self, last_id: int, *, complete: bool) -> "Cursor":
        """This cursor when the rows up to `last_id` are sent; `complete`: they were the window's last."""
        if complete and self.upto is not None:
            return replace(self, seen=self.upto, upto=None, last_id=0)
        return replace(self, last_id=last_id)

    async def save(self, session: Connection) -> None:
        """Write the cursor. Raises `Deposed`, and writes nothing, if another took over."""
        done = await session.execute(_SAVE, self.seen, self.upto, self.last_id, self.epoch)
        if done == "UPDATE 0":
            raise Deposed


async def take(session: Connection) -> Cursor:
    """The saved cursor, in a new epoch: whoever held it before can't save any more."""
    row = await session.fetchrow(_TAKE)
    assert row is not None
    return Cursor(row["seen"], row["upto"], row["last_id"], row["epoch"])

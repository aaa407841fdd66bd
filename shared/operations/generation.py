"""After a database was restored to an earlier time, or from a dump: what the messages must know of it."""

from shared.postgres.pool import Tx

# Unsent is what the cursor's snapshots don't see, and of an open window what is behind its last id.
_REBASE = """
UPDATE outbox SET xid = CASE
    WHEN (xid >= pg_snapshot_xmax(seen) OR xid = ANY (ARRAY(SELECT pg_snapshot_xip(seen))))
         AND NOT coalesce(pg_visible_in_snapshot(xid, upto) AND id <= last_id, false)
    THEN pg_current_xact_id() ELSE '3' END
FROM relay"""


async def begin_new_generation(tx: Tx) -> int:
    """Begin a new generation, whose versions are newer than all that was published before, and return its number; and
    set the relay's cursor to this server's transaction ids, which after a dump have nothing to do with those it
    remembers.

    The service must be stopped. What was unsent stays unsent.
    """
    here = await tx.fetchval("SELECT pg_current_snapshot()::text")
    number: int = await tx.fetchval("UPDATE generation SET number = number + 1 RETURNING number")
    await tx.execute(_REBASE)
    await tx.execute(
        "UPDATE relay SET seen = $1::text::pg_snapshot, upto = NULL, last_id = 0, epoch = epoch + 1, clean = true",
        here,
    )
    await tx.execute("DELETE FROM in_doubt")
    return number

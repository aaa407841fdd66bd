"""After a database was restored to an earlier time, or from a dump: what the messages must know of it."""

from shared.messaging.message import MAX_SEQUENCE, RESTORED
from shared.postgres.pool import Tx

# Unsent is what the cursor's snapshots don't see, and of an open window what is behind its last id.
_IS_UNSENT = """(xid >= pg_snapshot_xmax(seen) OR xid = ANY (ARRAY(SELECT pg_snapshot_xip(seen))))
    AND NOT coalesce(pg_visible_in_snapshot(xid, upto) AND id <= last_id, false)"""
_MARK_UNSENT = f"""
UPDATE outbox SET headers = (headers::jsonb || jsonb_build_object($1::text, $2::text))::text
FROM relay WHERE {_IS_UNSENT}"""
_REBASE = f"""
UPDATE outbox SET xid = CASE WHEN {_IS_UNSENT} THEN pg_current_xact_id() ELSE '3' END FROM relay"""
_MARK_PARKED = """
UPDATE parked SET headers = headers || jsonb_build_array(jsonb_build_array($1::text, $2::text))"""


async def begin_new_generation(tx: Tx) -> int:
    """Begin a new generation, whose versions are newer than all that was published before, and return its number; and
    set the relay's cursor to this server's transaction ids, which after a dump have nothing to do with those it
    remembers.

    The service must be stopped. What was unsent stays unsent; it may have been sent since the backup, as what is parked
    may have been replayed, and whatever is on the topics been applied: all that is marked as brought back.
    """
    here = await tx.fetchval("SELECT pg_current_snapshot()::text")
    number: int = await tx.fetchval("UPDATE generation SET number = number + 1 RETURNING number")
    await tx.execute(_MARK_UNSENT, RESTORED[0], RESTORED[1].decode())
    await tx.execute(_MARK_PARKED, RESTORED[0].encode().hex(), RESTORED[1].hex())
    await tx.execute("UPDATE position SET history_end = $1", MAX_SEQUENCE)
    await tx.execute(_REBASE)
    await tx.execute(
        "UPDATE relay SET seen = $1::text::pg_snapshot, upto = NULL, last_id = 0, epoch = epoch + 1, clean = true",
        here,
    )
    await tx.execute("DELETE FROM in_doubt")
    return number

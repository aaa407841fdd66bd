"""After a restore: imports that a backup has as unfinished may have been worked on since."""

from shared.postgres.pool import Pool, transaction


async def mark_restored(pool: Pool) -> str:
    """Mark what a backup has as unfinished, so that mails to whom it invites are held. Returns a sentence."""
    async with transaction(pool) as tx:
        done = await tx.execute("UPDATE import SET restored = true WHERE state IN ('waiting', 'running')")
    return f"marked {int(done.rpartition(' ')[2]):,} unfinished imports: mails to whom they invite are held"

"""After a restore: what a backup has as not yet sent may have been sent since."""

from services.notifications.deliveries import holding
from shared.postgres.pool import Pool, transaction


async def hold_unsent(pool: Pool) -> str:
    """Hold what a backup has as not yet sent, a page a transaction, and the news of offers that it has as not yet
    told; returns a sentence with the number. No sender may run."""
    held, after = 0, 0
    while True:
        async with transaction(pool) as tx:
            places = await holding.hold_page(tx, after)
        held += len(places)
        if len(places) < holding.PAGE:
            break
        after = places[-1]
    async with transaction(pool) as tx:
        await tx.execute("UPDATE cancellation SET restored = true")
        await tx.execute("UPDATE offer_change SET restored = true")
    return f"held {held:,} deliveries that may have been sent since the backup"

"""Recovery: what a backup has as not yet sent is held, a page a transaction, before a new generation begins."""

from services.notifications.deliveries import holding
from shared.postgres.pool import Pool, transaction


async def hold_unsent(pool: Pool) -> str:
    """Hold what a backup has as not yet sent, and the news of cancellations that it has as not yet told; returns a
    sentence with the number. No sender may run."""
    held = 0
    place: int | None = 0
    while place is not None:
        async with transaction(pool) as tx:
            count, place = await holding.hold_page(tx, place)
        held += count
    async with transaction(pool) as tx:
        await holding.hold_cancellations(tx)
    return f"held {held:,} deliveries that may have been sent since the backup"

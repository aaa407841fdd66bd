"""The end of links by which nobody can leave any more."""

from services.members.leaving import links
from shared.postgres.pool import Pool, transaction


async def forget_old(pool: Pool) -> int:
    """Remove links that are over; always 0, for the worker to rest."""
    async with transaction(pool) as tx:
        await links.forget_old(tx)
    return 0

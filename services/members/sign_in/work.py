"""The end of links that nobody can use any more."""

from services.members.sign_in import links
from shared.postgres.pool import Pool, transaction


async def forget_old(pool: Pool) -> int:
    """Remove links and errands of more than an hour ago; always 0, for the worker to rest."""
    async with transaction(pool) as tx:
        await links.forget_old(tx)
    return 0

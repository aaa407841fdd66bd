"""The work of duplicates: newcomers are compared with all members."""

from services.members.duplicates import duplicates
from shared.postgres.pool import Pool, transaction


async def find_duplicates(pool: Pool) -> int:
    """Compare newcomers with all members; returns how many were compared."""
    async with transaction(pool) as tx:
        return await duplicates.find_duplicates(tx)

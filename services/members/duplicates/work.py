"""The work of duplicates: newcomers are compared with the members next to them."""

from services.members.duplicates import finding
from shared.postgres.pool import Pool, transaction


async def find_duplicates(pool: Pool) -> int:
    """Compare some newcomers, in one transaction of less than a second; returns how many were compared."""
    async with transaction(pool) as tx:
        return await finding.find_duplicates(tx)

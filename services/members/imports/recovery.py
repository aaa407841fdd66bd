"""Recovery: what a backup has as unfinished is marked, before a new generation begins."""

from services.members.imports import imports
from shared.postgres.pool import Pool, transaction


async def mark_restored(pool: Pool) -> str:
    """Mark the imports that a backup has as unfinished. Returns a sentence."""
    async with transaction(pool) as tx:
        return await imports.mark_restored(tx)

"""Work of matching that waits: proposals to advisers who can't take them on any more."""

from services.matching.proposals import lapsing
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker


async def lapse_proposals(pool: Pool) -> int:
    """Let a page of proposals lapse; returns 0 if there is none."""
    async with transaction(pool) as tx:
        return int(await lapsing.lapse_proposals(tx))


WORKERS = (Worker("lapsing", lapse_proposals, every=0.5),)

"""The sweep of the delivery log, every five seconds."""

from services.notifications.deliveries import deliveries
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker


async def sweep(pool: Pool) -> int:
    async with transaction(pool) as tx:
        return await deliveries.sweep(tx)


SWEEP = Worker("sweep", sweep, every=5)

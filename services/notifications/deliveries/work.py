"""The sweep of the delivery log, every five seconds."""

from services.notifications.deliveries.deliveries import sweep_deliveries
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker


async def _sweep_log(pool: Pool) -> int:
    async with transaction(pool) as tx:
        return await sweep_deliveries(tx)


SWEEPING = Worker("sweep", _sweep_log, every=5)

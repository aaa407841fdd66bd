"""The watch over orders to erase: what a service doesn't report within an hour is an alarm."""

import structlog

from services.members.erasure import orders
from shared.messaging import metrics
from shared.postgres.pool import Pool, transaction

log = structlog.get_logger(__name__)


async def watch_orders(pool: Pool) -> int:
    """Tell how many orders each service leaves open; always 0, for the worker to rest."""
    async with transaction(pool) as tx:
        counted = await orders.count_overdue(tx)
    for overdue in counted:
        metrics.ERASURES_OVERDUE.labels(overdue.service).set(overdue.orders)
        metrics.ERASURES_AGE.labels(overdue.service).set(overdue.oldest_seconds)
        if overdue.orders:
            log.error("erasure.report.alarm", **overdue._asdict())
    return 0

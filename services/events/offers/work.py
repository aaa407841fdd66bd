"""Work of events that waits for a time: counts that a release tells, offers that are over."""

import structlog

from services.events.offers import lifecycle, seat_counts
from shared.messaging import releases
from shared.postgres.pool import Pool, transaction
from shared.runtime.items import ItemWork
from shared.runtime.worker import build_item_worker

log = structlog.get_logger(__name__)

WORKERS = (
    build_item_worker(ItemWork("counts", seat_counts.find_due, seat_counts.publish_counts), every=0.5),
    build_item_worker(ItemWork("completion", lifecycle.find_over, lifecycle.complete_offers), every=30),
)


async def release_counts(pool: Pool, *, interval: int, minimum: int) -> int:
    """Once in each interval (s), let the counts go out that at least `minimum` persons have changed, in a whole release
    all that wait; returns of how many offers."""
    async with transaction(pool) as tx:
        release = await releases.claim_release(tx, interval)
        if release is None:
            return 0
        taken = await seat_counts.take_up(tx, 1 if release.whole else minimum)
        if release.whole:
            await releases.complete_release(tx, release)
    log.info("offer.release.done", whole=release.whole, offers=taken)
    return taken

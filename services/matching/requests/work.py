"""Work of requests that waits: the world hears of them in releases, and desks hand many over page by page."""

import structlog

from services.matching.requests import publications, routing
from shared.messaging import releases
from shared.postgres.pool import Pool, transaction
from shared.runtime.items import ItemWork

log = structlog.get_logger(__name__)

HANDING_OVER = ItemWork(routing.WORKER, routing.find_handing_over, routing.continue_hand_over)

RELEASING = ItemWork(publications.WORKER, publications.find_due, publications.publish_requests)


async def release_requests(pool: Pool, *, interval: int) -> int:
    """Once in each interval (s), tell the world of all requests whose state it doesn't know; returns how many.

    One that it can't be told of waits for an operator, and holds no other up.
    """
    async with transaction(pool) as tx:
        if await releases.claim_release(tx, interval) is None:
            return 0
    told = 0
    while page := await RELEASING.step(pool):
        told += page
    log.info("request.release.done", requests=told)
    return told

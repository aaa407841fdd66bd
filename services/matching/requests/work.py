"""Work of requests that waits for a time: the world hears of them in releases."""

import structlog

from services.matching.requests import publications
from shared.messaging import releases
from shared.postgres.pool import Pool, transaction

log = structlog.get_logger(__name__)


async def release_requests(pool: Pool, *, interval: int) -> int:
    """Once in each interval (s), tell the world of all requests whose state it doesn't know; returns how many."""
    async with transaction(pool) as tx:
        if await releases.claim_release(tx, interval) is None:
            return 0
    told, more = 0, True
    while more:
        async with transaction(pool) as tx:
            page = await publications.publish_due(tx)
        told, more = told + page, page == publications.PAGE
    log.info("request.release.done", requests=told)
    return told

"""Work of members that waits for a time: the world hears of them in releases."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from services.members.members import departures, publications, rules
from services.members.members.audience_ids import AudienceIds
from shared.messaging import releases
from shared.postgres.pool import Pool, Tx, transaction
from shared.runtime.items import ItemWork

log = structlog.get_logger(__name__)


async def release_members(pool: Pool, audience_ids: AudienceIds, *, interval: int, minimum: int) -> int:
    """Once in each interval (s), tell the world of those who are due and aren't alone in it; returns how many.

    To each organisation at least `minimum` of them look alike. A whole release has all who are due, and those who
    left. What a crash leaves is due as before.
    """
    async with transaction(pool) as tx:
        release = await releases.claim_release(tx, interval)
    if release is None:
        return 0
    whole = release.whole or minimum <= 1
    chosen = await _choose_members(pool, 1 if whole else minimum)
    told = await _publish_members(pool, audience_ids, chosen)
    left = await _complete_release(pool, release) if whole else 0
    log.info("members.release.done", whole=whole, members=told, left=left)
    return told + left


async def _choose_members(pool: Pool, minimum: int) -> Mapping[UUID, int]:
    async with transaction(pool) as tx:
        due = await publications.read_due(tx)
    return await asyncio.to_thread(rules.choose_release, due, minimum)


async def _publish_members(pool: Pool, audience_ids: AudienceIds, chosen: Mapping[UUID, int]) -> int:
    """Page by page. One that the world can't be told of waits for an operator, and holds no other up."""
    told: list[int] = []
    in_order = [str(member) for member in chosen]
    pages = (in_order[at : at + publications.PAGE] for at in range(0, len(in_order), publications.PAGE))

    async def take_page(_tx: Tx) -> Sequence[str]:
        return next(pages, ())

    async def publish_page(tx: Tx, items: Sequence[str]) -> None:
        page = {UUID(item): chosen[UUID(item)] for item in items}
        told.append(await publications.publish_members(tx, audience_ids, page))

    publishing = ItemWork(publications.WORKER, take_page, publish_page)
    while await publishing.step(pool):
        pass
    return sum(told)


async def _complete_release(pool: Pool, release: releases.Release) -> int:
    left, more = 0, True
    while more:
        async with transaction(pool) as tx:
            published = await departures.publish_departures(tx)
            left, more = left + published, published == departures.PAGE
    async with transaction(pool) as tx:
        await releases.complete_release(tx, release)
    return left

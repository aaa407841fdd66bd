"""Work of events that waits for a time: counts to publish, offers that are over."""

from collections.abc import Awaitable, Callable

from services.events.offers import lifecycle, seat_counts
from shared.postgres.pool import Pool, Tx, transaction
from shared.runtime.worker import Worker


def _in_one_transaction(verb: Callable[[Tx], Awaitable[bool]]) -> Callable[[Pool], Awaitable[int]]:
    async def step(pool: Pool) -> int:
        async with transaction(pool) as tx:
            return int(await verb(tx))

    return step


WORKERS = (
    Worker("counts", _in_one_transaction(seat_counts.announce_due_counts), every=0.5),
    Worker("completion", _in_one_transaction(lifecycle.complete_one), every=30),
)

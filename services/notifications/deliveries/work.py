"""The sweep of the delivery log: a page at a time, from the beginning every five seconds."""

from services.notifications.deliveries import sweeping
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker

SWEEP_SECONDS = 5.0


class Sweeper:
    """Remembers where the sweep stands."""

    def __init__(self) -> None:
        self._position = sweeping.START

    async def sweep_page(self, pool: Pool) -> int:
        """One page of what waits and one of what is overdue; returns 0 when the sweep is through."""
        async with transaction(pool) as tx:
            position = await sweeping.sweep_waiting(tx, self._position)
        self._position = position or sweeping.START
        async with transaction(pool) as tx:
            has_more = await sweeping.give_up_overdue(tx)
        return sweeping.PAGE if position or has_more else 0


def build_sweeping_worker() -> Worker:
    """The worker that sweeps."""
    return Worker("sweep", Sweeper().sweep_page, every=SWEEP_SECONDS)

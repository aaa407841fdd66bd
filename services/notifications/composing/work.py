"""The composing of what is due, in one transaction a batch."""

from services.notifications.composing.composer import Composer
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker


def build_composing_worker(composer: Composer) -> Worker:
    """The worker that composes."""

    async def compose_due(pool: Pool) -> int:
        async with transaction(pool) as tx:
            return await composer.compose_due(tx)

    return Worker("compose", compose_due, every=0.2)

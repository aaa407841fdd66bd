"""Work that waits for a time: composing what is due, sending it, and an end for what waits too long."""

from collections.abc import Sequence

from services.notifications.channels.sending import Sender
from services.notifications.composing.composer import Composer
from services.notifications.deliveries import deliveries
from shared.postgres.pool import Pool, transaction
from shared.runtime.worker import Worker

CONNECTIONS = 8


def workers(composer: Composer, senders: Sequence[Sender]) -> Sequence[Worker]:
    """One that composes, one that sweeps, and eight connections for each target."""

    async def compose(pool: Pool) -> int:
        async with transaction(pool) as tx:
            return await composer.compose(tx)

    async def sweep(pool: Pool) -> int:
        async with transaction(pool) as tx:
            return await deliveries.sweep(tx)

    return [
        Worker("compose", compose, every=0.2),
        Worker("sweep", sweep, every=5),
        *(
            Worker(f"send {sender.target.name} {n}", sender.send, every=1)
            for sender in senders
            for n in range(CONNECTIONS)
        ),
    ]

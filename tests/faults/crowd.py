"""`python -m tests.faults.crowd 12`: so many consumers of the service in one process, each a member of its group, until
SIGTERM."""

import asyncio
import signal
import sys

from shared.messaging.consumer.consumer import Consumer
from shared.postgres.pool import open_pool
from shared.runtime import logs
from shared.runtime.settings import Settings
from tests.faults.service.entries import ROUTES, SCHEMA


async def run_consumers(members: int) -> None:
    """Consume until SIGTERM."""
    settings = Settings()
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    async with await open_pool(settings.database, SCHEMA, size=members) as pool:
        inbounds = [Consumer(SCHEMA, ROUTES, settings.broker, pool) for _ in range(members)]
        running = [asyncio.create_task(inbound.run()) for inbound in inbounds]
        await ending.wait()
        for task in running:
            task.cancel()
        await asyncio.wait(running)


if __name__ == "__main__":
    logs.configure_logging(SCHEMA)
    asyncio.run(run_consumers(int(sys.argv[1])))

"""Servers that are away, silent, or cut off for a while."""

import asyncio
import os
import signal

from deploy.local.server import Server
from tests.faults.proxy import Cut, Proxy
from tests.faults.row import Row
from tests.faults.stage import Stage

AWAY_SECONDS = 30.0
SILENT_SECONDS = 20.0
WRITER_CUTS: tuple[Cut, ...] = ("unsent", "sent", "unheard") * 8
READER_CUTS: tuple[Cut, ...] = ("unsent", "sent", "unheard") * 3


async def disturb_broker(stage: Stage) -> None:
    """Kafka is killed and comes back at once; is away for 30 s; holds its connections and is silent for 20 s."""
    broker = stage.servers.kafka_process
    writer, _ = await stage.start_both()
    async with stage.under_load(writer):
        async with stage.inject_fault("broker killed"):
            await asyncio.to_thread(broker.kill)
            await asyncio.to_thread(broker.restart)
        async with stage.inject_fault("broker away for 30 s"):
            await asyncio.to_thread(broker.kill)
            await asyncio.sleep(AWAY_SECONDS)
            await asyncio.to_thread(broker.restart)
        async with stage.inject_fault("broker stopped for 20 s"):
            broker.pause()
            await asyncio.sleep(SILENT_SECONDS)
            broker.resume()


async def disturb_database(stage: Stage) -> None:
    """PostgreSQL ends at once and recovers; is killed; connections are cut before a COMMIT, after it was sent, and
    after it was done and before its answer arrived."""
    database = stage.servers.postgres_process
    requests, effects = Proxy(stage.dsn), Proxy(stage.dsn)
    async with requests.forwarding(), effects.forwarding():
        writer, reader = stage.add_writer(dsn=requests.dsn), stage.add_reader(dsn=effects.dsn)
        await asyncio.gather(writer.start_and_wait(), reader.start_and_wait())
        async with stage.under_load(writer):
            async with stage.inject_fault("PostgreSQL ended at once"):
                end_immediately(database)
                await asyncio.to_thread(database.restart)
            async with stage.inject_fault("PostgreSQL killed"):
                await asyncio.to_thread(database.kill)
                await asyncio.to_thread(database.restart)
            async with stage.inject_fault("connections cut at COMMIT"):
                await asyncio.gather(cut_each(requests, WRITER_CUTS), cut_each(effects, READER_CUTS))


def end_immediately(database: Server) -> None:
    """The end that PostgreSQL calls immediate: no message to clients, and recovery at the next start."""
    os.kill(database.pid, signal.SIGQUIT)
    database.child.wait_for_end(10)


async def cut_each(proxy: Proxy, cuts: tuple[Cut, ...]) -> None:
    """Cut one after another, each when the work has gone on."""
    for how in cuts:
        await proxy.cut_next(how)
        await asyncio.sleep(0.3)


ROWS = (
    Row(3, "broker killed; away for 30 s; stopped for 20 s", disturb_broker),
    Row(4, "PostgreSQL ended at once under load; connections cut at COMMIT", disturb_database),
)

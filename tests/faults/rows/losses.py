"""A topic whose records are gone, while the database has all it had."""

import asyncio
import shutil

from deploy.kafka import topics
from deploy.local.server import Server
from shared.testing.kafka import delete_topics, read_records
from tests.faults import brokers
from tests.faults.operators import accept_beginning, run_command, wait_for_alarm
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

KEPT = ("__cluster_metadata-0", "meta.properties", "bootstrap.checkpoint")
RECREATED = "topic was recreated"
# So that positions are far behind what the relay sends to the new topic before its consumer has looked at it.
ACCOUNTS = tuple(f"filled{number}" for number in range(120))
ENTRIES = 8
RATE = 20.0


async def lose_kafka_data(stage: Stage) -> None:
    """The broker comes back without any record, on topics that it still knows. The consumer stops with an alarm; the
    operator lets it go on at the beginning, and has everything sent again."""
    writer, reader = await stage.start_both()
    stage.compacted = True
    async with stage.under_load(writer, RATE):
        for _ in range(ENTRIES):
            await stage.enter_values(*ACCOUNTS)
        await stage.wait_until_settled()
        async with stage.inject_fault("Kafka's data lost"):
            broker = stage.servers.kafka_process
            await asyncio.to_thread(wipe_broker, broker)
            await wait_for_alarm(reader, RECREATED)
            await accept_beginning(stage, reader)
            await run_command(stage, "republish")
    await require_all_accounts(stage)


async def lose_topic(stage: Stage) -> None:
    """The topic is deleted and recreated, under load: the consumer stops with an alarm, and so on."""
    writer, reader = await stage.start_both()
    stage.compacted = True
    async with stage.under_load(writer, RATE):
        for _ in range(ENTRIES):
            await stage.enter_values(*ACCOUNTS)
        await stage.wait_until_settled()
        async with stage.inject_fault("topic deleted and recreated"):
            await delete_topics(stage.kafka, [stage.kafka.topic_name(ACCOUNT.name)])
            await topics.create_topics(stage.kafka, [ACCOUNT])
            await wait_for_alarm(reader, RECREATED)
            await accept_beginning(stage, reader)
            await run_command(stage, "republish")
    await require_all_accounts(stage)


def wipe_broker(broker: Server) -> None:
    """Kill it, and let it come back with its settings and what it knows of topics, and nothing in them."""
    broker.kill()
    for entry in (brokers.broker_folder(broker) / "log").iterdir():
        if entry.is_dir() and entry.name not in KEPT:
            shutil.rmtree(entry)
        elif entry.name not in KEPT:
            entry.unlink()
    broker.restart()


async def require_all_accounts(stage: Stage) -> None:
    """Each account is on the topic again. Raises AssertionError."""
    found = {record.key.decode() for record in await read_records(stage.kafka, ACCOUNT.name)}
    accounts = await stage.pool.fetch("SELECT account FROM bank_account")
    missing = {row["account"] for row in accounts} - found
    assert not missing, f"{len(missing)} accounts are not on the topic"


ROWS = (
    Row(12, "Kafka's data lost: position accept, republish", lose_kafka_data),
    Row(13, "a topic deleted and recreated: position accept, republish", lose_topic),
)

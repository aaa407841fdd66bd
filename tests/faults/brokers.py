"""What the fault suite knows of its own brokers: their folders, who controls them, and another listener."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.ports import LOOPBACK, free_port
from deploy.local.server import Server
from shared.messaging.kafka import Kafka
from tests.faults.service.entries import ACCOUNT

QUORUM = "log/__cluster_metadata-0/quorum-state"


def broker_folder(broker: Server) -> Path:
    """Where it keeps its settings and its log."""
    log = broker.child.log
    return log.parents[1] / "data" / log.stem


def find_controller(brokers: Sequence[Server]) -> Server:
    """The one that controls the others, by the newest election among those that run."""
    running = [broker for broker in brokers if broker.child.is_running]
    states = [json.loads((broker_folder(broker) / QUORUM).read_text("utf-8")) for broker in running]
    newest = max(states, key=lambda state: int(state["leaderEpoch"]))
    return brokers[int(newest["leaderId"]) - 1]


async def find_leader(kafka: Kafka, brokers: Sequence[Server]) -> Server:
    """The one that leads most partitions of the topic."""
    led = Counter(int(partition["leader"]) for partition in await _describe_partitions(kafka))
    return brokers[led.most_common(1)[0][0] - 1]


async def is_fully_replicated(kafka: Kafka, copies: int) -> bool:
    """Whether each partition of the topic has so many copies in sync."""
    return all(len(partition["isr"]) == copies for partition in await _describe_partitions(kafka))


async def _describe_partitions(kafka: Kafka) -> list[dict[str, Any]]:
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        [described] = await admin.describe_topics([kafka.topic_name(ACCOUNT.name)])
        return list(described["partitions"])
    finally:
        await admin.close()


async def add_listener(broker: Server, advertised: int) -> int:
    """Let a broker listen on one more port, whose clients get the address `advertised`; returns the port.

    The broker is started again for it.
    """
    path, port = broker_folder(broker) / "server.properties", free_port()
    settings = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())
    settings["listeners"] += f",NETWORK://{LOOPBACK}:{port}"
    settings["advertised.listeners"] += f",NETWORK://{LOOPBACK}:{advertised}"
    settings["listener.security.protocol.map"] += ",NETWORK:SASL_PLAINTEXT"
    inner = {name: value for name, value in settings.items() if name.startswith("listener.name.inner.")}
    settings |= {name.replace(".inner.", ".network."): value for name, value in inner.items()}
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), "utf-8")
    await asyncio.to_thread(broker.restart)
    return port

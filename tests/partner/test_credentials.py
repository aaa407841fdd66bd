"""Credentials are issued, renewed without a gap, and ended: at once for what runs, and for whoever signs in."""

import asyncio
import time
from pathlib import Path

from aiokafka.client import AIOKafkaClient

from deploy.kafka.cluster import open_cluster
from deploy.kafka.credentials import QUOTAS
from shared.contracts.catalogue import OFFER
from shared.testing.waiting import eventually
from tests.conftest import REAUTHENTICATION_SECONDS, SecuredKafka
from tests.partner.clients import describe, open_consumer, poll_for_error, read_kafka, read_one, read_settings
from tests.partner.conftest import Operate

REFUSED = "TOPIC_AUTHORIZATION_FAILED"


def test_the_secret_is_shown_once_and_all_that_a_client_needs_with_it(operate: Operate) -> None:
    told = operate("add", "giz")
    [secret] = [line.split("=")[1] for line in told.splitlines() if line.startswith("sasl.password=")]

    assert [
        name
        for name in ("client.properties", "librdkafka.properties", "ca.pem", "first.py")
        if name not in told
    ] == []
    assert f'password="{secret}"' in told
    assert secret not in operate("list")
    assert "giz has credentials" in operate("add", "giz", code=1)
    assert "is no short name" in operate("add", "*", code=1)


def test_old_and_new_credentials_work_side_by_side_until_the_old_ones_are_ended(
    operate: Operate, giz: Path, tmp_path: Path
) -> None:
    operate("rotate", "giz", "--folder", str(tmp_path / "new"))
    both = [read_one(folder, OFFER.name, group=f"giz.{folder.name}") for folder in (giz, tmp_path / "new")]
    listed = operate("list").splitlines()
    operate("revoke", "giz", "--old")
    after = [read_one(folder, OFFER.name, group=f"giz.{folder.name}2") for folder in (giz, tmp_path / "new")]

    assert both == ["{}", "{}"]
    assert [line.split()[1] for line in listed] == ["until", "newest"]
    assert after == ["_AUTHENTICATION", "{}"]


async def test_credentials_with_successors_expire(operate: Operate, giz: Path, tmp_path: Path) -> None:
    operate("rotate", "giz", "--folder", str(tmp_path / "new"))

    async def has_expired() -> bool:
        return operate("expire", "--after-days", "0").endswith("1 credentials ended, 1 work\n")

    assert operate("expire") == "0 credentials ended, 2 work\n"
    await eventually(has_expired)
    assert read_one(giz, OFFER.name) == "_AUTHENTICATION"
    assert read_one(tmp_path / "new", OFFER.name) == "{}"


async def test_revoking_stops_what_reads_at_once_and_cuts_its_connection_soon(
    operate: Operate, giz: Path
) -> None:
    consumer = open_consumer(giz, "giz.reader")
    consumer.subscribe([OFFER.name])
    assert describe(consumer.poll(30)) == "{}"
    connection = AIOKafkaClient(**read_kafka(giz).client_options)
    await connection.bootstrap()
    revoked = time.monotonic()
    await asyncio.to_thread(operate, "revoke", "giz")

    assert await asyncio.to_thread(poll_for_error, consumer) == REFUSED
    consumer.close()
    while await connection.force_metadata_update():
        assert time.monotonic() - revoked < 3 * REAUTHENTICATION_SECONDS
        await asyncio.sleep(0.1)
    await connection.close()
    assert read_one(giz, OFFER.name) == "_AUTHENTICATION"


def test_quotas_are_the_users_own_and_go_with_them(
    operate: Operate, network: SecuredKafka, tmp_path: Path
) -> None:
    operate("add", "giz", "--bytes-per-second", "1000", "--folder", str(tmp_path / "old"))
    operate("rotate", "giz", "--folder", str(tmp_path / "new"))
    users = [read_settings(tmp_path / folder)["sasl.username"] for folder in ("old", "new")]
    with open_cluster(network.admin) as cluster:
        quotas = [cluster.read_quotas(user) for user in users]
        operate("revoke", "giz")
        left = [(cluster.read_quotas(user), cluster.list_grants(user)) for user in users]

    assert quotas == [QUOTAS | {"consumer_byte_rate": 1000.0}] * 2
    assert left == [({}, set())] * 2


def test_a_partner_that_is_unknown_is_named(operate: Operate) -> None:
    for command in ("rotate", "revoke"):
        assert operate(command, "nobody", code=1) == "nobody has no credentials.\n"
    assert operate("list") == "nobody\n"

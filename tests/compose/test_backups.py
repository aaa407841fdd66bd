"""Data is lost and restored: a partner's own reader ends with what is true, and nobody gets a mail twice."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.kafka.client_files import LIBRDKAFKA
from deploy.local.home import CHECKOUT
from tests.compose.stack import DockerFailed, Stack, wait_until
from tests.compose.test_life import invite, publish_offer, read_message_ids, send_until_accepted
from tests.operations.document import blocks, sections
from tests.partner.programs import EXAMPLES

pytestmark = [pytest.mark.compose, pytest.mark.timeout(400)]
PARTNER = "giz"
TOPICS = ("members.organisation.v1", "events.offer.v1")
LIVING = "SELECT data FROM state WHERE data IS NOT NULL"
RESULTS = ("The backup is", "Restored to")
PUBLIC_ID_SECRET = "/run/secrets/alumnibus_public_id_secret"


def walking(heading: str) -> list[str]:
    """What a shell carries out in a section, block by block."""
    return blocks(sections()[heading])


class Operator:
    """One who has the checkout, and does what the document says about backups."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self.folder = folder
        self.blocks = walking("Backup and restore")
        self.done: set[str] = set()
        for name in ("Makefile", "deploy"):
            (folder / name).symlink_to(CHECKOUT / name)

    def does(self, beginning: str) -> str:
        """The block that begins so; what it says. It isn't asked."""
        [block] = [block for block in self.blocks if block.startswith(beginning)]
        self.done.add(block)
        told = self._stack.carry_out(f"export YES=1\n{block}", self.folder)
        for result in (line for line in told.splitlines() if line.startswith(RESULTS)):
            self._stack.note(result)
        return told


class Partner:
    """A partner whose mirror and its database outlive whatever happens to us."""

    def __init__(self, stack: Stack, database: Path) -> None:
        self._stack = stack
        self._database = database
        self.sign_up()

    def sign_up(self) -> None:
        """Get credentials, as an operator makes them."""
        self._settings = self._stack.admit_partner(PARTNER) / LIBRDKAFKA

    def knows(self, truth: dict[str, str]) -> bool:
        """Read on to the end of the topics; whether that is the truth."""
        program = EXAMPLES / "partner" / "mirror.py"
        words = [sys.executable, str(program), "--once", str(self._settings), str(self._database), *TOPICS]
        subprocess.run(words, capture_output=True, check=True, timeout=60)
        connection = sqlite3.connect(self._database)
        known = [json.loads(data) for (data,) in connection.execute(LIVING)]
        connection.close()
        return truth == {
            found.get("offer", found["organisation"]): found.get("state", found.get("name"))
            for found in known
        }


class World:
    """What happens on the platform, as its own interfaces tell it; `offers` are those that were ever published."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, offers: set[str]) -> None:
        self._stack = stack
        self._client = client
        self._urls = stack.urls
        self.offers = offers

    async def read_truth(self) -> dict[str, str]:
        """Organisations' names, and the state of each offer that is there."""
        found = {
            each["organisation"]: each["name"]
            for each in await self._read_items(f"{self._urls['members']}/organisations")
        }
        for offer in self.offers:
            answer = await self._client.get(f"{self._urls['events']}/offers/{offer}")
            if answer.is_success:
                found[offer] = answer.json()["state"]
        return found

    async def _read_items(self, url: str) -> list[Any]:
        answer = (await self._client.get(url, params={"limit": 100})).raise_for_status().json()
        assert answer["next"] is None
        return list(answer["items"])

    async def name_organisation(self, slug: str, name: str) -> None:
        body = {"name": name, "kind": "foundation", "country": "DE"}
        (
            await self._client.put(f"{self._urls['members']}/organisations/{slug}", json=body)
        ).raise_for_status()

    async def offer(self, organisation: str) -> str:
        offer = await publish_offer(self._client, self._urls, organisation, places=2)
        self.offers.add(offer)
        return offer

    async def cancel(self, offer: str) -> None:
        url = f"{self._urls['events']}/offers/{offer}/cancellation"
        await send_until_accepted(self._client, url, {"reason": "Storm"}, offer)

    async def invite(self, organisation: str, name: str) -> None:
        """Two persons are invited, each by a mail."""
        before = len(read_message_ids(self._stack))
        await invite(self._client, self._urls["members"], organisation, 2, name)
        wait_until(lambda: len(read_message_ids(self._stack)) == before + 2, "each is invited")


@pytest.fixture(scope="module")
def operator(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return Operator(stack, tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def partner(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partner]:
    yield Partner(stack, tmp_path_factory.mktemp("partner") / "mirror.db")
    with suppress(DockerFailed):  # Kafka may be lost
        stack.compose("run", "--rm", "-T", "partners", "revoke", PARTNER)


@pytest.fixture(scope="module")
def offers() -> set[str]:
    return set()


@pytest.fixture
async def world(stack: Stack, offers: set[str]) -> AsyncIterator[World]:
    async with httpx.AsyncClient(verify=stack.trust, timeout=30) as client:
        yield World(stack, client, offers)


async def require_truth_and_news(
    world: World, partner: Partner, stack: Stack, organisation: str, sent: list[str]
) -> dict[str, str]:
    """The partner knows what is true; nobody was written to, until something new happens, and then once."""
    truth = await world.read_truth()
    wait_until(lambda: partner.knows(truth), "the partner knows the truth")
    assert sorted(read_message_ids(stack)) == sorted(sent)
    await world.invite(organisation, f"after-{organisation}")
    ids = read_message_ids(stack)
    assert len(ids) == len(set(ids)) == len(sent) + 2
    return truth


async def test_restored_to_an_earlier_time_with_kafka_newer(
    stack: Stack, world: World, operator: Operator, partner: Partner
) -> None:
    await world.name_organisation("earlier", "Named before")
    stays = await world.offer("earlier")
    await world.invite("earlier", "before")
    assert "The backup is" in operator.does("make backup")

    await world.name_organisation("earlier", "Named since")
    await world.name_organisation("undone", "Came since")
    undone = await world.offer("undone")
    await world.cancel(stays)
    await world.invite("undone", "since")
    since = await world.read_truth()
    wait_until(lambda: partner.knows(since), "the partner knows what came since")
    sent = read_message_ids(stack)

    told = operator.does("make restore")
    assert "Restored to" in told
    truth = await require_truth_and_news(world, partner, stack, "earlier", sent)
    assert truth["earlier"] == "Named before"
    assert truth[stays] == "published"
    assert {"undone", undone}.isdisjoint(truth)
    [replaced] = set(re.findall(r"alumnibus_replaced_\d+", told))
    assert "The backup is back/" in stack.carry_out(f"make backup FROM={replaced} TO=back", operator.folder)
    assert f"Dropped {replaced}" in operator.does("make drop-replaced")


async def test_kafka_alone_is_lost(stack: Stack, world: World, operator: Operator, partner: Partner) -> None:
    await world.name_organisation("kept", "Kept")
    await world.offer("kept")
    truth, sent = await world.read_truth(), read_message_ids(stack)
    stack.lose("kafka")
    operator.does("docker compose -f deploy/compose.yaml stop")
    partner.sign_up()
    assert await require_truth_and_news(world, partner, stack, "kept", sent) == truth


async def test_what_fails_on_the_way_is_undone(stack: Stack, world: World, operator: Operator) -> None:
    await world.name_organisation("present", "Present")
    before = await world.read_truth()
    put = ("run", "--rm", "-T", "secrets", "deploy.secrets", "put", "/secrets")
    stack.compose(*put, "events", "alumnibus_kafka_password", given="valid from the next start on")
    with pytest.raises(
        DockerFailed, match="Nothing was changed: the platform runs with the data that was there"
    ):
        operator.does("make restore")
    assert all(stack.is_healthy(service) for service in stack.lasting)
    assert await world.read_truth() == before


async def test_both_are_lost_and_restored_on_another_machine(
    stack: Stack, world: World, operator: Operator, partner: Partner
) -> None:
    await world.name_organisation("carried", "Carried over")
    await world.offer("carried")
    secret = stack.inside("members", "cat", PUBLIC_ID_SECRET)
    operator.does("make backup")
    await world.name_organisation("lost", "Lost with the machine")
    truth = await world.read_truth()
    wait_until(lambda: partner.knows(truth), "the partner knows what will be lost")
    sent = read_message_ids(stack)

    stack.begin_anew()
    operator.does("make restore")
    partner.sign_up()
    async with httpx.AsyncClient(verify=stack.trust, timeout=30) as client:
        elsewhere = World(stack, client, world.offers)
        truth = await require_truth_and_news(elsewhere, partner, stack, "carried", sent)
    assert (truth["carried"], "lost" in truth) == ("Carried over", False)
    assert stack.inside("members", "cat", PUBLIC_ID_SECRET) == secret


def test_each_command_of_the_document_was_given(operator: Operator) -> None:
    assert operator.done == set(operator.blocks)

"""Containers are killed, stopped in their middle, stopped and multiplied, and nothing that was accepted is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from mailbox import Maildir
from typing import Any

import httpx
import pytest

from tests.compose.stack import Stack, wait_until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]
SERVICES = ("members", "events", "matching", "notifications")
NUMBERS = count(1)
PATIENCE = 90.0
INVITED = 100
STANDSTILL_SECONDS = 5
# 0, and what a server says that was asked to end by a signal: Java 143, Caddy and PostgreSQL 0.
CLEAN_ENDS = (0, 143)


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Asks through the front door, by the authority that it made."""
    async with httpx.AsyncClient(verify=stack.trust, timeout=30) as opened:
        yield opened


class Traffic:
    """Describes organisations at `members`, one after the other, while something happens; each that was accepted
    must come to `events`, which hears of it from Kafka alone."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, pause: float = 0.0) -> None:
        """`pause` is so long, in seconds, after each."""
        self._pause = pause
        self._urls = stack.urls
        self._client = client
        self.accepted: list[str] = []

    async def run_during(self, happening: Callable[[], object]) -> None:
        """Ask until it's over, and for some commands more."""
        over = asyncio.create_task(asyncio.to_thread(happening))
        while not over.done():
            await self.describe_one()
            await asyncio.sleep(self._pause)
        await over
        for _ in range(5):
            await self.describe_one(until_accepted=True)

    async def describe_one(self, until_accepted: bool = False) -> None:
        slug = f"tried-{next(NUMBERS)}"
        body = {"name": slug, "kind": "foundation", "country": "DE"}
        deadline = time.monotonic() + PATIENCE
        while not await self._is_accepted(f"{self._urls['members']}/organisations/{slug}", body):
            assert not until_accepted or time.monotonic() < deadline
            await asyncio.sleep(0.1)
            if not until_accepted:
                return
        self.accepted.append(slug)

    async def _is_accepted(self, url: str, body: Any) -> bool:
        try:
            return (await self._client.put(url, json=body)).is_success
        except httpx.TransportError:
            return False

    async def require_nothing_lost(self) -> None:
        """Each accepted organisation can host an offer: `events` knows it."""
        for slug in self.accepted:
            await publish_offer(self._client, self._urls, slug, places=1)


async def publish_offer(client: httpx.AsyncClient, urls: Any, organisation: str, places: int) -> str:
    """An offer of this organisation, as soon as `events` knows it; its id."""
    day = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    draft: dict[str, Any] = {
        "slug": f"offer-{organisation}",
        "organisation": organisation,
        "kind": "colloquium",
        "title": "Tried",
        "title_language": "en",
        "mode": "online",
        "timezone": "Europe/Berlin",
        "occurrences": [{"starts": f"{day}T14:00", "ends": f"{day}T16:00"}],
        "places": places,
    }
    drafted = await send_until_accepted(client, f"{urls['events']}/offers", draft, draft["slug"])
    offer = str(drafted.json()["offer"])
    (await client.post(f"{urls['events']}/offers/{offer}/publication")).raise_for_status()
    return offer


async def send_until_accepted(client: httpx.AsyncClient, url: str, body: Any, key: str) -> httpx.Response:
    """A command that may need what its service hears from Kafka later."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := await client.post(url, json=body, headers={"Idempotency-Key": key})).is_success:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)
    return answer


@pytest.mark.parametrize("victim", ["kafka", "postgres", "door", *SERVICES])
async def test_a_crash_loses_nothing_and_the_engine_starts_it_again(
    stack: Stack, client: httpx.AsyncClient, victim: str
) -> None:
    traffic = Traffic(stack, client)
    await traffic.run_during(lambda: stack.crash(victim))
    await asyncio.to_thread(stack.wait_until_healthy, *stack.lasting)
    await traffic.require_nothing_lost()


@pytest.mark.parametrize("victim", ["kafka", "postgres", "members", "notifications"])
async def test_a_process_that_stands_still_for_a_while_loses_nothing(
    stack: Stack, client: httpx.AsyncClient, victim: str
) -> None:
    def pause() -> None:
        stack.compose("pause", victim)
        time.sleep(STANDSTILL_SECONDS)
        stack.compose("unpause", victim)

    traffic = Traffic(stack, client)
    await traffic.run_during(pause)
    await asyncio.to_thread(stack.wait_until_healthy, *stack.lasting)
    await traffic.require_nothing_lost()


async def test_all_are_stopped_within_their_time_and_go_on_where_they_were(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    traffic = Traffic(stack, client)
    await traffic.run_during(lambda: None)
    await asyncio.to_thread(stack.compose, "stop", "kafka")  # the worst order: nobody can take leave of it
    await asyncio.to_thread(stack.compose, "stop")
    ended = {service: stack.inspect(service)["State"]["ExitCode"] for service in stack.lasting}
    assert {service: code for service, code in ended.items() if code not in CLEAN_ENDS} == {}
    await asyncio.to_thread(stack.start)
    await traffic.require_nothing_lost()


async def test_three_processes_of_a_service_share_its_work_and_each_mail_is_sent_once(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    await asyncio.to_thread(stack.start, "--scale=notifications=3", "--no-recreate")
    assert len(stack.find("notifications")) == 3
    traffic = Traffic(stack, client)
    await traffic.describe_one(until_accepted=True)
    before = len(read_message_ids(stack))
    await invite(client, stack.urls["members"], traffic.accepted[0], INVITED)
    await asyncio.to_thread(
        wait_until, lambda: len(read_message_ids(stack)) >= before + INVITED, "every mail is sent"
    )
    sent = read_message_ids(stack)
    assert len(sent) == len(set(sent)) == before + INVITED
    await asyncio.to_thread(stack.start, "--scale=notifications=1", "--no-recreate")
    assert len(stack.find("notifications")) == 1


async def invite(
    client: httpx.AsyncClient, members: str, organisation: str, count: int, name: str = "ada"
) -> None:
    """Import a list of so many members of this name, each of whom is invited by mail."""
    mapping = (
        f'organisation = "{organisation}"\nrole = "alumnus"\nencoding = "utf-8"\ndelimiter = ","\n'
        'date_format = "%Y-%m-%d"\nlanguage = "en"\ninvite = true\n[columns]\n'
        'reference = "id"\ngiven_name = "first"\nfamily_name = "last"\nemail = "mail"\n'
    )
    rows = "".join(f"{name}-{n},{name.title()},Number{n},{name}.{n}@example.org\n" for n in range(count))
    sent = {
        "list": ("list.csv", f"id,first,last,mail\n{rows}".encode(), "text/csv"),
        "mapping": ("list.toml", mapping.encode(), "application/toml"),
    }
    (await client.post(f"{members}/imports", files=sent)).raise_for_status()


def read_message_ids(stack: Stack) -> list[str]:
    """The Message-ID of each mail that the mail server took."""
    return [str(mail["Message-ID"]) for mail in Maildir(stack.mails, create=False)]

"""The pages of the delivery log: hosts see and resend what is in their name, operators what didn't go out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker
from tests.shared.web.page_reader import BROWSER, GERMAN, find_note

NOW = datetime.now(UTC)
BASE = "/organisations/daad/deliveries"
CONSOLE = "/console/notifications/deliveries"


@pytest.fixture
async def service(start: StartService) -> AsyncIterator[Running]:
    """Two invitations, of which the first has failed."""
    async with start() as running:
        await receive(running, ORGANISATION, [build.organisation()])
        people = [
            build.profile(uuid4(), name=name, invited_at=NOW) for name in ("Rosa Beispiel", "Max Muster")
        ]
        await receive(running, PROFILE, people)
        await run_worker(running, "compose")
        await running.pool.execute(
            "UPDATE delivery SET state = 'failed', reason = '550 no such mailbox', attempts = 4, envelope = NULL"
            " WHERE place = (SELECT min(place) FROM delivery)"
        )
        yield running


async def read(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == status, (path, answer.text[:2000])
    return answer.text


async def find_failed(service: Running) -> UUID:
    found: UUID = await service.pool.fetchval("SELECT delivery FROM delivery ORDER BY place LIMIT 1")
    return found


async def read_states(service: Running) -> list[tuple[str, int]]:
    rows = await service.pool.fetch("SELECT state, attempts FROM delivery ORDER BY place")
    return [(row["state"], row["attempts"]) for row in rows]


async def test_a_coordinator_is_told_what_failed_reads_it_and_sends_it_again(service: Running) -> None:
    coordinator, delivery = await service.as_coordinator("daad"), await find_failed(service)

    everything = await read(coordinator, BASE)
    assert find_note(everything, "warn") == "One mail has failed."
    assert everything.index("Max Muster") < everything.index("Rosa Beispiel")
    failed = await read(coordinator, f"{BASE}?state=failed")
    assert "550 no such mailbox" in failed
    assert "Max Muster" not in failed
    assert "Guten Tag Rosa Beispiel" in await read(coordinator, f"{BASE}/{delivery}")
    first = await read(coordinator, f"{BASE}?limit=1")
    assert 'rel="next"' in first
    answers = [
        await coordinator.post(f"{BASE}/{delivery}", data={"again": "1"}, headers=BROWSER) for _ in "12"
    ]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert await read_states(service) == [("due", 0), ("due", 0)]
    audited = await service.pool.fetch("SELECT verb, organisation FROM audit")
    assert [tuple(row) for row in audited] == [("resend_from_page", "daad")]


async def test_an_operator_sees_what_failed_without_texts_and_names_and_sends_it_again(
    service: Running,
) -> None:
    operator, delivery = await service.as_operator(), await find_failed(service)

    page = await read(operator, CONSOLE)
    assert "One delivery has failed" in page
    assert "550 no such mailbox" in page
    assert "Rosa" not in page
    await read(operator, f"{BASE}/{delivery}", 403)
    sent = await operator.post(CONSOLE, data={"delivery": str(delivery)}, headers=BROWSER)

    assert sent.status_code == 303
    assert "No delivery has failed" in await read(operator, CONSOLE)


async def test_nobody_else_sees_or_sends_it(service: Running) -> None:
    delivery = await find_failed(service)
    foreign, member = await service.as_coordinator("giz"), service.as_member(uuid4())

    for path in (BASE, f"{BASE}/{delivery}", f"/organisations/giz/deliveries/{delivery}"):
        await read(foreign, path, 404)
        await read(member, path, 403)
    assert (await foreign.post(f"{BASE}/{delivery}", data={"again": "1"})).status_code == 404
    assert (await foreign.post(f"/deliveries/{delivery}/resending")).status_code == 404
    assert (await member.post(f"/deliveries/{delivery}/resending")).status_code == 403
    await read(foreign, CONSOLE, 403)
    assert await read_states(service) == [("failed", 4), ("due", 0)]


async def test_the_pages_speak_german_and_ask_who_is_nobody_to_sign_in(service: Running) -> None:
    coordinator, operator = await service.as_coordinator("daad"), await service.as_operator()
    for http, path in (
        (coordinator, BASE),
        (coordinator, f"{BASE}/{await find_failed(service)}"),
        (operator, CONSOLE),
        (operator, f"{CONSOLE}?state=held"),
    ):
        page = await http.get(path, headers=GERMAN)
        assert (page.status_code, page.headers["Content-Language"]) == (200, "de")
        asked = await service.anonymous().get(path, headers=BROWSER)
        assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (303, "/sign-in")

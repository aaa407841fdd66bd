"""The delivery log over HTTP: who got what, and who did not, and why."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker

NOW = datetime.now(UTC)
PEOPLE = [uuid4() for _ in range(5)]


@pytest.fixture
async def service(start: StartService) -> AsyncIterator[Running]:
    async with start() as running:
        await receive(running, ORGANISATION, [build.organisation()])
        await receive(running, PROFILE, [build.profile(person, invited_at=NOW) for person in PEOPLE])
        await run_worker(running, "compose")
        yield running


async def test_the_log_is_paged_and_filtered_and_has_no_text(service: Running) -> None:
    first = (await service.http.get("/deliveries?limit=3")).json()
    rest = (await service.http.get(f"/deliveries?limit=3&cursor={first['next']}")).json()
    of_one = (await service.http.get(f"/deliveries?member={PEOPLE[2]}&kind=invitation&state=due")).json()

    assert [entry["member"] for entry in first["items"] + rest["items"]] == [str(p) for p in PEOPLE]
    assert rest["next"] is None
    assert [entry["member"] for entry in of_one["items"]] == [str(PEOPLE[2])]
    assert "Kim" not in str(first)
    assert (await service.http.get("/deliveries?state=sent")).json()["items"] == []


async def test_one_delivery_shows_what_is_sent(service: Running) -> None:
    [entry, *_] = (await service.http.get("/deliveries")).json()["items"]
    delivery = (await service.http.get(f"/deliveries/{entry['delivery']}")).json()
    preview = await service.http.get(f"/deliveries/{entry['delivery']}/preview")

    assert delivery["subject"] == "Akademischer Dienst lädt Sie ins Netzwerk ein"
    assert "Guten Tag Kim Beispiel" in delivery["text"]
    assert "Guten Tag Kim Beispiel" in preview.text
    assert preview.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in preview.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in preview.headers["content-security-policy"]
    assert preview.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/deliveries/{id}", "/deliveries/{id}/preview"])
async def test_an_unknown_delivery_is_a_problem_document(service: Running, path: str) -> None:
    answer = await service.http.get(path.format(id=uuid4()))

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/delivery-unknown"


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "WzFlOTld", "WzE4NDQ2NzQ0MDczNzA5NTUxNjE2XQ"])
async def test_a_foreign_cursor_is_refused(service: Running, cursor: str) -> None:
    assert (await service.http.get(f"/deliveries?cursor={cursor}")).status_code == 404

"""A year of offers that the tests of pages and feeds look at, by title."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.events.app import compose
from services.events.offers.rules import LifecycleState
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.conftest import PASSWORDS
from tests.events.samples import COLLOQUIUM, add_organisations

NEXT_YEAR = 2098
PUBLIC_URL = "https://alumni.example"


def build_occurrence(day: str, starts: str = "18:00", ends: str = "20:00") -> dict[str, str]:
    """One occurrence on a day of the year, as MM-DD."""
    return {"starts": f"{NEXT_YEAR}-{day}T{starts}", "ends": f"{NEXT_YEAR}-{day}T{ends}"}


YEAR: dict[str, dict[str, Any]] = {
    "Regionaltreffen Westbalkan": {
        "slug": "westbalkan",
        "organisation": "auswaertiges-amt",
        "co_hosts": ["daad"],
        "kind": "regional-meeting",
        "country": "AL",
        "city": "Tirana",
        "timezone": "Europe/Tirane",
        "languages": ["en"],
        "themes": ["eu-accession", "diplomacy"],
        "occurrences": [{"starts": "2098-03-10T14:00", "ends": "2098-03-11T16:00"}],
        "places": 40,
    },
    "Central Asia meets": {
        "slug": "central-asia",
        "organisation": "auswaertiges-amt",
        "kind": "regional-meeting",
        "title_language": "en",
        "mode": "hybrid",
        "country": "KZ",
        "city": "Almaty",
        "timezone": "Asia/Almaty",
        "languages": ["en", "ru"],
        "themes": ["diplomacy"],
        "occurrences": [build_occurrence("04-10")],
        "places": 20,
    },
    "Unternehmergespräche": {
        "slug": "unternehmergespraeche",
        "organisation": "daad",
        "kind": "online-series",
        "mode": "online",
        "country": None,
        "city": None,
        "languages": ["de", "ru"],
        "themes": ["migration"],
        "occurrences": [build_occurrence("03-20"), build_occurrence("05-20"), build_occurrence("06-20")],
        "places": None,
    },
    "Stammtisch Wien": {
        "slug": "stammtisch-wien",
        "organisation": "deutscher-bundestag",
        "kind": "stammtisch",
        "country": "AT",
        "city": "Wien",
        "timezone": "Europe/Vienna",
        "languages": ["de"],
        "themes": [],
        "occurrences": [build_occurrence("04-02", "19:00", "22:00")],
        "places": 10,
    },
}


@asynccontextmanager
async def run_year(servers: Servers, template: str) -> AsyncIterator[Running]:
    """The service in a database of its own with the year, for tests that only read, as nobody in particular."""
    async with clone_database(servers.postgres, template) as name:
        with pytest.MonkeyPatch.context() as environment:
            dsn = roles.service_dsn(servers.postgres, name, "events", PASSWORDS["events"])
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            environment.setenv("ALUMNIBUS_PUBLIC_URL", PUBLIC_URL)
            service = compose()
        async with running_service(service) as running:
            await add_organisations(running.pool)
            await publish_year(running)
            yield running._replace(http=running.anonymous())


async def publish_year(events: Running) -> None:
    """Publish the year; the Stammtisch is full, with three waiting."""
    for title, changes in YEAR.items():
        drafted = await events.http.post("/offers", json=COLLOQUIUM | {"title": title} | changes)
        assert drafted.status_code == 201, drafted.text
        (await events.http.post(f"/offers/{drafted.json()['offer']}/publication")).raise_for_status()
    await events.pool.execute(
        "UPDATE offer SET registered = 10, waiting = 3, public_registered = 10, public_waiting = 3"
        " WHERE slug = 'stammtisch-wien'"
    )


async def cancel_offer(events: Running, slug: str) -> None:
    """Cancel an offer through the HTTP API."""
    offer = await events.pool.fetchval("SELECT offer FROM offer WHERE slug = $1", slug)
    reason = {"reason": "Zu wenige Anmeldungen."}
    (await events.http.post(f"/offers/{offer}/cancellation", json=reason)).raise_for_status()
    state = await events.pool.fetchval("SELECT state FROM offer WHERE slug = $1", slug)
    assert state == LifecycleState.CANCELLED

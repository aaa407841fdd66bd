"""The events service as its tests start it: with its HTTP API, three organisations, and members to register."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.local.servers import Servers
from services.events.app import compose
from shared.testing.services import Running, running_service
from tests.events.sample_year import publish_year, run_year
from tests.events.samples import COLLOQUIUM, CreateMember, CreateOffer, add_organisations, join_members


@pytest.fixture
def environment(dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The service's settings; the broker's address is one that nobody answers."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["events"])
    monkeypatch.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
    return monkeypatch


@pytest.fixture
async def events(environment: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """The service with its HTTP API."""
    async with running_service(compose()) as running:
        await add_organisations(running.pool)
        yield running


@pytest.fixture
def create_offer(events: Running) -> CreateOffer:
    """Creates an offer like the colloquium, which is published unless `published` is False."""

    async def create(*, published: bool = True, **changes: Any) -> UUID:
        draft = COLLOQUIUM | {"slug": f"offer-{uuid4().hex[:8]}"} | changes
        drafted = await events.http.post("/offers", json=draft)
        assert drafted.status_code == 201, drafted.text
        if published:
            (await events.http.post(f"/offers/{drafted.json()['offer']}/publication")).raise_for_status()
        return UUID(drafted.json()["offer"])

    return create


@pytest.fixture
def create_member(events: Running) -> CreateMember:
    """Lets one more synthetic person become a member."""

    async def create() -> UUID:
        return (await join_members(events.pool, 1))[0]

    return create


@pytest.fixture(scope="module")
async def year(servers: Servers, template: str) -> AsyncIterator[Running]:
    """The service with a year of four published offers, which nobody changes."""
    async with run_year(servers, template) as running:
        yield running


@pytest.fixture
async def living_year(events: Running) -> Running:
    """The service with a year of four published offers, to change them."""
    await publish_year(events)
    return events

"""The events service as its tests start it: with its HTTP door, three organisations, and members to register."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest

from services.events.app import compose
from services.events.replicas import members, organisations
from shared.contracts.members import Organisation, OrganisationKind, Profile
from shared.messaging.message import Message
from shared.postgres.pool import Pool, transaction
from shared.testing.services import Running, running_service

Offered: TypeAlias = Callable[..., Awaitable[UUID]]

COLLOQUIUM: dict[str, Any] = {
    "slug": "ips-kolloquium",
    "organisation": "deutscher-bundestag",
    "co_hosts": [],
    "kind": "colloquium",
    "title": "Kolloquium der Alumni",
    "title_language": "de",
    "summary": "Demokratie unter Druck: was Parlamente voneinander lernen.",
    "mode": "onsite",
    "country": "DE",
    "city": "Berlin",
    "venue": None,
    "languages": ["de", "en"],
    "themes": ["parliamentarism"],
    "timezone": "Europe/Berlin",
    "occurrences": [{"starts": "2099-12-11T14:00", "ends": "2099-12-12T16:00"}],
    "places": 64,
    "waiting_list": True,
    "registration_closes": None,
}


def message(data: Any, key: object, sequence: int = 1) -> Message[Any]:
    """A message as a consumer's verb gets it."""
    return Message(uuid4(), "", str(key), sequence, datetime.now(UTC), data, "")


def profile(member: UUID, **fields: Any) -> Profile:
    """A synthetic person."""
    told = {
        "given_name": "Kim",
        "family_name": "Beispiel",
        "email": "kim@example.org",
        "language": "de",
        **fields,
    }
    return Profile(member=member, public_id=uuid4(), **told)


async def join(pool: Pool, count: int) -> Sequence[UUID]:
    """Let so many synthetic persons become members, as their profiles tell."""
    ids = [uuid4() for _ in range(count)]
    async with transaction(pool) as tx:
        await members.project_members(tx, [message(profile(member), member) for member in ids])
    return ids


async def add_organisations(pool: Pool) -> None:
    """Let three organisations take part."""
    names = {
        "deutscher-bundestag": "Deutscher Bundestag",
        "auswaertiges-amt": "Auswärtiges Amt",
        "daad": "Deutscher Akademischer Austauschdienst",
    }
    told = [
        Organisation(organisation=slug, name=name, kind=OrganisationKind.MINISTRY, country="DE")
        for slug, name in names.items()
    ]
    async with transaction(pool) as tx:
        await organisations.project_organisations(tx, [message(o, o.organisation) for o in told])


@pytest.fixture
def environment(dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What the service is told by its environment; the broker's address is one that nobody answers."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["events"])
    monkeypatch.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
    return monkeypatch


@pytest.fixture
async def events(environment: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """The service's HTTP door."""
    async with running_service(compose()) as running:
        await add_organisations(running.pool)
        yield running


@pytest.fixture
def offered(events: Running) -> Offered:
    """Makes an offer like the colloquium, published unless it is told otherwise."""

    async def make(*, published: bool = True, **changes: Any) -> UUID:
        told = COLLOQUIUM | {"slug": f"offer-{uuid4().hex[:8]}"} | changes
        drafted = await events.http.post("/offers", json=told)
        assert drafted.status_code == 201, drafted.text
        if published:
            (await events.http.post(f"/offers/{drafted.json()['offer']}/publication")).raise_for_status()
        return UUID(drafted.json()["offer"])

    return make


@pytest.fixture
def member(events: Running) -> Callable[[], Awaitable[UUID]]:
    """Lets one more synthetic person become a member."""

    async def joining() -> UUID:
        return (await join(events.pool, 1))[0]

    return joining

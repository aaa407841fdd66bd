"""What the tests of events begin with: an offer, organisations, members, and messages about them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from services.events.replicas import members, organisations
from shared.contracts.members import Organisation, OrganisationKind, Profile
from shared.messaging.message import Message
from shared.postgres.pool import Pool, transaction

CreateOffer: TypeAlias = Callable[..., Awaitable[UUID]]
CreateMember: TypeAlias = Callable[[], Awaitable[UUID]]

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


def build_message(data: Any, key: object, sequence: int = 1) -> Message[Any]:
    """A message as a handler gets it."""
    return Message(uuid4(), "", str(key), sequence, datetime.now(UTC), data, "")


def build_profile(member: UUID, **fields: Any) -> Profile:
    """A synthetic person."""
    values = {
        "given_name": "Kim",
        "family_name": "Beispiel",
        "email": "kim@example.org",
        "language": "de",
        **fields,
    }
    return Profile(member=member, **values)


async def join_members(pool: Pool, count: int) -> Sequence[UUID]:
    """Let so many synthetic persons become members."""
    ids = [uuid4() for _ in range(count)]
    async with transaction(pool) as tx:
        await members.project_members(tx, [build_message(build_profile(member), member) for member in ids])
    return ids


async def add_organisations(pool: Pool) -> None:
    """Let three organisations take part."""
    names = {
        "deutscher-bundestag": "Deutscher Bundestag",
        "auswaertiges-amt": "Auswärtiges Amt",
        "daad": "Deutscher Akademischer Austauschdienst",
    }
    described = [
        Organisation(organisation=slug, name=name, kind=OrganisationKind.MINISTRY, country="DE")
        for slug, name in names.items()
    ]
    async with transaction(pool) as tx:
        await organisations.project_organisations(tx, [build_message(o, o.organisation) for o in described])

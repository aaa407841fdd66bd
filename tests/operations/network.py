"""What happens in the network while an operator walks."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias
from uuid import UUID, uuid4

import pytest

from services.events import app as events
from services.matching import app as matching
from services.members import app as members
from services.notifications import app as notifications
from shared.messaging.kafka import Kafka
from shared.runtime.service import PARTS, Part, Service
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service
from tests.events.samples import COLLOQUIUM


async def offer(running: Running, **fields: object) -> UUID:
    """A published offer."""
    described = COLLOQUIUM | {"slug": f"offer-{uuid4().hex[:8]}"} | fields
    drafted = await running.http.post("/offers", json=described)
    made = UUID(drafted.raise_for_status().json()["offer"])
    (await running.http.post(f"/offers/{made}/publication")).raise_for_status()
    return made


Services: TypeAlias = Mapping[str, Service]


def compose_all(
    dsns: Mapping[str, str], kafka: Kafka, mail: str, environment: pytest.MonkeyPatch
) -> Services:
    """The four services, on one database and one corner of Kafka, with one mail server."""
    settings = {
        "PUBLIC_ID_SECRET": "5e" * 32,
        "SMTP": mail,
        "RELEASE_SECONDS": "1",
        "RELEASE_MINIMUM": "1",
    }
    set_broker(environment, kafka)
    for name, value in settings.items():
        environment.setenv(f"ALUMNIBUS_{name}", value)
    composed = {}
    for app in (members, events, matching, notifications):
        name = app.__name__.split(".")[1]
        environment.setenv("ALUMNIBUS_DATABASE", dsns[name])
        composed[name] = app.compose()
    return composed


@asynccontextmanager
async def running_all(
    services: Services, only: Mapping[str, Collection[Part]] | None = None
) -> AsyncIterator[Mapping[str, Running]]:
    """These services with all their parts; or `only` those that are named with theirs."""
    parts = only or dict.fromkeys(services, PARTS)
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(running_service(services[name], wanted))
            for name, wanted in parts.items()
        }


async def add_organisation(running: Running) -> None:
    """The house by which all join."""
    house = {"name": "Deutscher Bundestag", "kind": "ministry", "country": "DE"}
    (await running.http.put("/organisations/deutscher-bundestag", json=house)).raise_for_status()


async def join(running: Running, email: str, **fields: object) -> UUID:
    """Someone joins; gives the member's id."""
    person = {"given_name": "Kim", "family_name": "Beispiel", "organisation": "deutscher-bundestag"}
    answer = await running.http.post("/members", json={**person, "email": email, **fields})
    return UUID(answer.raise_for_status().json()["member"])

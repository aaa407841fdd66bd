"""The members service for its tests, with the organisations of the demo's lists."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.members.app import compose
from shared.messaging.kafka import Kafka
from shared.runtime.service import Service
from shared.testing.access import build_headers
from shared.testing.databases import clone_database
from shared.testing.kafka import set_broker
from shared.testing.services import Running, open_client, running_service
from tests.conftest import PASSWORDS
from tests.members import people
from tests.members.sign_in.browser import Browser
from tests.members.uploads import ImportList, await_import, describe_organisations, post_list


@pytest.fixture
def service(dsns: Mapping[str, str], kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Members on a database of this test's own."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["members"])
    set_broker(monkeypatch, kafka)
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
    return compose()


@pytest.fixture
async def members(service: Service) -> AsyncIterator[Running]:
    """Members that run, with the organisations whose lists the demo has; nothing is sent to Kafka."""
    async with running_service(service, only=("api", "work")) as running:
        await describe_organisations(running)
        yield running


@pytest.fixture(scope="module")
async def running(servers: Servers, template: str) -> AsyncIterator[Running]:
    """Members that run while a module's tests do, with whatever the last of them has left."""
    async with clone_database(servers.postgres, template) as name:
        with pytest.MonkeyPatch.context() as environment:
            dsn = roles.service_dsn(servers.postgres, name, "members", PASSWORDS["members"])
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            environment.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
            async with running_service(compose()) as running:
                yield running


@pytest.fixture
async def signing_in(running: Running) -> Running:
    """Members with two organisations, in which nobody is; they are asked as nobody in particular."""
    await people.forget_all(running.pool)
    for organisation in ("daad", "giz"):
        await people.add_organisation(running.pool, organisation)
    return running._replace(http=running.anonymous())


@pytest.fixture
def import_list(members: Running) -> ImportList:
    """Uploads a list and waits until its import has ended; gives the import as it is then."""

    async def upload(content: bytes, mapping: bytes, *, dry_run: bool = False) -> Any:
        answer = await post_list(members, content, mapping, dry_run=dry_run)
        assert answer.status_code == 202, answer.text
        return await await_import(members, answer.headers["Location"])

    return upload


@pytest.fixture
async def kim(members: Running) -> UUID:
    """A member."""
    return await people.join(members.pool, people.KIM)


@pytest.fixture
async def me(members: Running, kim: UUID) -> httpx.AsyncClient:
    """Kim's browser, who has signed in."""
    account = await people.open_account(members.pool, people.KIM)
    return open_client(members.app, build_headers(account, kim))


@pytest.fixture
def browser(members: Running) -> Browser:
    """Somebody's browser."""
    return Browser(members.anonymous())

"""A service of two endpoints behind the guard, with an issuer of its own."""

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter

from deploy.local.servers import Servers
from shared.access.accounts import AccountState, store_accounts
from shared.access.principal import Principal
from shared.access.serving import PUBLIC, SignedIn
from shared.contracts.members import Account, AccountIdentity
from shared.postgres.pool import transaction
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.testing.access import SESSION_KEYS
from shared.testing.databases import clone_database
from shared.testing.issuer import SmallIssuer, running_issuer
from shared.testing.services import Running, running_service
from tests.shared.conftest import in_database
from tests.shared.toy.app import FOLDER


class House(NamedTuple):
    """The service that runs, its issuer, and the account that the issuer knows as "kim"."""

    running: Running
    issuer: SmallIssuer
    kim: UUID


def describe(principal: Principal) -> dict[str, str | bool]:
    return {"account": str(principal.account), "by_cookie": principal.by_cookie}


def build_router() -> APIRouter:
    router = APIRouter()

    @router.get("/me")
    async def read_me(asker: SignedIn) -> dict[str, str | bool]:
        return describe(asker)

    @router.post("/me")
    async def change_me(asker: SignedIn) -> dict[str, str | bool]:
        return describe(asker)

    @router.get("/news", dependencies=[PUBLIC])
    async def read_news() -> str:
        return "none"

    return router


@pytest.fixture(scope="module")
def issuer() -> Iterator[SmallIssuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="module")
async def house(servers: Servers, toy_template: str, issuer: SmallIssuer) -> AsyncIterator[House]:
    async with clone_database(servers.postgres, toy_template) as name:
        settings = Settings(
            database=in_database(servers.postgres, name),
            kafka="127.0.0.1:9",
            session_keys=SESSION_KEYS,
            issuers=(issuer.settings,),
        )
        service = Service(name="toy", folder=FOLDER, settings=settings, router=build_router())
        async with running_service(service) as running:
            identity = AccountIdentity(issuer=issuer.url, subject="kim")
            account = Account(account=uuid4(), identities=(identity,))
            async with transaction(running.pool) as tx:
                await store_accounts(tx, [AccountState(account.account, account, 1)])
            yield House(running, issuer, account.account)

"""The journey's persons have signed in: nobody reads their mails for them, so the launcher signs their sessions with
the demo's own key. Mandates are given by members' own way."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from deploy.local.context import Context
from deploy.local.database import service_passwords
from deploy.local.home import get_secret
from deploy.postgres.roles import service_dsn
from deploy.session_keys import make_key
from services.members.mandates import mandates
from services.members.mandates.mandates import GiveMandate
from shared.access.sessions import COOKIE, Session, SessionSigner
from shared.contracts.members import MandateRole
from shared.postgres.pool import open_pool, transaction

Headers: TypeAlias = Mapping[str, str]
NOBODY: Headers = {}
ISSUER = "https://journey.example"


class Persons(Protocol):
    """Whom the journey plays; each is the headers that their browser sends."""

    async def operate(self) -> Headers:
        """Somebody who operates the installation."""

    async def coordinate(self, organisation: str) -> Headers:
        """A coordinator of this organisation."""

    def be(self, member: str) -> Headers:
        """This member."""


class SignedInPersons:
    """The persons of a demo: they have the same accounts in each journey of its home."""

    def __init__(self, context: Context, members: httpx.AsyncClient) -> None:
        self._context = context
        self._members = members
        self._signer = SessionSigner(get_secret(context.home, "session-key", make_key))
        self._operator: Headers | None = None
        self._coordinators: dict[str, Headers] = {}
        self._one_at_a_time = asyncio.Lock()

    async def operate(self) -> Headers:
        """An operator, whom the launcher names as the command line names the first."""
        async with self._one_at_a_time:
            if self._operator is None:
                self._operator = self._sign(await _name_operator(self._context))
        return self._operator

    async def coordinate(self, organisation: str) -> Headers:
        """A coordinator, whom the operator names."""
        operator = await self.operate()
        async with self._one_at_a_time:
            if organisation not in self._coordinators:
                account = await self._name_coordinator(operator, organisation)
                self._coordinators[organisation] = self._sign(account)
        return self._coordinators[organisation]

    def be(self, member: str) -> Headers:
        """The member, with an account of which nobody knows but the session."""
        return self._sign(uuid5(NAMESPACE_URL, f"{ISSUER}/{member}"), UUID(member))

    async def _name_coordinator(self, operator: Headers, organisation: str) -> UUID:
        named = {"role": "coordinator", "organisation": organisation}
        who = {"issuer": ISSUER, "subject": f"coordinator of {organisation}"}
        answer = await self._members.post("/mandates", json=named | who, headers=dict(operator))
        given: Any = answer.raise_for_status().json()
        return UUID(given["account"])

    def _sign(self, account: UUID, member: UUID | None = None) -> Headers:
        now = datetime.now(UTC)
        session = self._signer.sign_session(Session(account, member, now, now))
        return {"Cookie": f"{COOKIE}={session}", "Sec-Fetch-Site": "same-origin"}


async def _name_operator(context: Context) -> UUID:
    server, _, name = context.postgres.rpartition("/")
    dsn = service_dsn(server, name, "members", service_passwords(context.home)["members"])
    command = GiveMandate(role=MandateRole.OPERATOR, issuer=ISSUER, subject="operator")
    async with await open_pool(dsn, "members", size=1) as pool, transaction(pool) as tx:
        given = await mandates.give_mandate(tx, None, command, context.urls["door"])
    assert given.account is not None
    return given.account

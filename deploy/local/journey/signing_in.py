"""The journey's persons have signed in: the operator by the platform's own way, all others by sessions that are signed
with members' key, as nobody reads their mails for them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from deploy.local.context import Entrance
from deploy.local.issuer.persons import OPERATOR
from shared.access.sessions import COOKIE, Session, SessionSigner

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
    """The persons of an installation: coordinators and members have the same accounts in each journey."""

    def __init__(self, entrance: Entrance, members: httpx.AsyncClient) -> None:
        self._entrance = entrance
        self._members = members
        self._signer = SessionSigner(entrance.session_key)
        self._operator: Headers | None = None
        self._coordinators: dict[str, Headers] = {}
        self._one_at_a_time = asyncio.Lock()

    async def operate(self) -> Headers:
        """An operator, whom the command line invites."""
        async with self._one_at_a_time:
            if self._operator is None:
                await self._entrance.invite_operator(OPERATOR.email)
                self._operator = await self._entrance.sign_in(OPERATOR.email)
        return self._operator

    async def coordinate(self, organisation: str) -> Headers:
        """A coordinator, whom the operator names."""
        named = {"role": "coordinator", "organisation": organisation}
        who = {"issuer": ISSUER, "subject": f"coordinator of {organisation}"}
        operator = await self.operate()
        async with self._one_at_a_time:
            if organisation not in self._coordinators:
                answer = await self._members.post("/mandates", json=named | who, headers=dict(operator))
                account = UUID(answer.raise_for_status().json()["account"])
                self._coordinators[organisation] = self._sign(account)
        return self._coordinators[organisation]

    def be(self, member: str) -> Headers:
        """The member, with an account of which nobody knows but the session."""
        return self._sign(uuid5(NAMESPACE_URL, f"{ISSUER}/{member}"), UUID(member))

    def _sign(self, account: UUID, member: UUID | None = None) -> Headers:
        now = datetime.now(UTC)
        session = self._signer.sign_session(Session(account, member, now, now))
        return {"Cookie": f"{COOKIE}={session}", "Sec-Fetch-Site": "same-origin"}

"""A client of the four HTTP APIs that asks again until it is answered, as any careful one does."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.testing.access import build_headers
from tests.faults.platform.asked import Asked
from tests.faults.platform.signed_in import HEADERS
from tests.faults.processes import Process

ANSWER_SECONDS = 5.0
RETRY_SECONDS = 0.2
PATIENCE_SECONDS = 90.0
# What another service publishes may not have arrived yet.
NOT_YET = ("member-unknown", "organisation-unknown", "programme-unknown", "country-unknown")


class Client:
    """Raises AssertionError where a command is refused, or isn't answered for too long."""

    def __init__(self, services: Mapping[str, Process], asked: Asked) -> None:
        self._urls = {name: process.base_url for name, process in services.items()}
        self._http = httpx.AsyncClient(timeout=ANSWER_SECONDS)
        self.asked = asked

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        body: object = None,
        *,
        by: UUID | None = None,
        once_done: str = "",
    ) -> Any:
        """The answer's body. `by`: the member who asks, if one does; `once_done`: the refusal that a repeat gets of a
        command that may have been done."""
        self.asked.commands += 1
        asker, attempts = build_headers(member=by) if by else HEADERS, 0
        headers = {"Idempotency-Key": str(uuid4()), **asker}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                attempts += 1
                answer = await self._ask_once(method, f"{self._urls[service]}{path}", body, headers)
                if answer is not None and answer.is_success:
                    return answer.json()
                if answer is not None and answer.is_client_error:
                    problem = answer.json()["type"].rpartition("/")[2].rpartition(":")[2]
                    if attempts > 1 and problem == once_done:
                        return None
                    assert problem in NOT_YET, f"{method} {path} was refused: {answer.text}"
                await asyncio.sleep(RETRY_SECONDS)

    async def _ask_once(
        self, method: str, url: str, body: object, headers: Mapping[str, str]
    ) -> httpx.Response | None:
        """None if no clear answer came."""
        try:
            answer = await self._http.request(method, url, json=body, headers=dict(headers))
        except httpx.TransportError:
            answer = None
        if answer is None or answer.is_server_error:
            self.asked.unclear += 1
            return None
        return answer

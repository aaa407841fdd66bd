"""Members for the tests of signing in: an organisation, and the mails that it sends."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.contracts.catalogue import ADDRESS_MAIL
from shared.runtime.service import Service
from shared.testing.services import Running, read_outbox, running_service
from tests.members import people


@pytest.fixture
async def members(service: Service) -> AsyncIterator[Running]:
    """Members with an organisation."""
    async with running_service(service) as running:
        await people.add_organisation(running.pool, "daad")
        yield running


@pytest.fixture
def read_link(members: Running) -> Callable[[], Awaitable[str]]:
    """The path in the mail that was sent last."""

    async def read() -> str:
        [*_, (_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
        return str(mail["link"]).removeprefix("http://127.0.0.1:8000")

    return read

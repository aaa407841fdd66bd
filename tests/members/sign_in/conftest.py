"""Members for the tests of signing in: an organisation, and the mails that it sends."""

from collections.abc import Awaitable, Callable

import pytest

from shared.contracts.catalogue import ADDRESS_MAIL
from shared.testing.services import Running, read_outbox


@pytest.fixture
def members(signing_in: Running) -> Running:
    """Members with organisations; what they send is in the outbox."""
    return signing_in


@pytest.fixture
def read_link(members: Running) -> Callable[[], Awaitable[str]]:
    """The path in the mail that was sent last."""

    async def read() -> str:
        [*_, (_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
        return str(mail["link"]).removeprefix("http://127.0.0.1:8000")

    return read

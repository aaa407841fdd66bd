"""The toy's pages, in a database of their own."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.servers import Servers
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.shared.conftest import in_database
from tests.shared.toy.app import compose


@pytest.fixture(scope="module")
async def toy(servers: Servers, toy_template: str) -> AsyncIterator[Running]:
    """The toy service, for tests of this module."""
    async with clone_database(servers.postgres, toy_template) as name:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ALUMNIBUS_DATABASE", in_database(servers.postgres, name))
            patch.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            service = compose()
        async with running_service(service) as running:
            yield running

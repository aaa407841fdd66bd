"""The setup of a contest: a PostgreSQL that keeps commit times, beside the Kafka of all tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bench.__main__ import COMMIT_TIMES
from bench.environment import ContestSetup, prepared_setup
from deploy.local.children import Children
from deploy.local.home import locked_home, reset_home
from deploy.local.postgres import start_postgres
from deploy.local.servers import Servers


@pytest.fixture(scope="session")
async def setup(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ContestSetup]:
    home = tmp_path_factory.mktemp("contest")
    with locked_home(home) as lock, Children([lock]) as children:
        postgres = start_postgres(home, children, durable=False, settings=COMMIT_TIMES)
        own = replace(servers, postgres=postgres.address, own_postgres=postgres)
        async with prepared_setup(own, home) as setup:
            yield setup
    reset_home(home)

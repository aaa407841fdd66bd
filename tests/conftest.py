"""What every test may use: the two real servers, started once for the whole run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.home import forget
from deploy.local.servers import Servers
from deploy.local.servers import servers as started


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Kafka and PostgreSQL in a home that is thrown away at the end."""
    home: Path = tmp_path_factory.mktemp("home")
    with started(home, durable=False) as both:
        yield both
    forget(home)

"""A network with messages on its topics, and partners who read them with clients that aren't ours."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.kafka.cluster import open_cluster
from deploy.kafka.partners import app
from deploy.kafka.topics import create_topics
from shared.contracts.catalogue import TOPICS, outbound
from shared.runtime.settings import build_environment
from shared.testing.kafka import open_producer
from tests.conftest import SecuredKafka

ORGANISATIONS = ("giz", "daad")
ALL_TOPICS = (*TOPICS, *map(outbound, ORGANISATIONS))
HEADERS = [("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/test"), ("ce_sequence", b"1")]
Operate = Callable[..., str]


@pytest.fixture(scope="session")
async def network(secured: SecuredKafka) -> SecuredKafka:
    """Every topic has one message."""
    await create_topics(secured.admin, ALL_TOPICS, partitions=1)
    async with open_producer(secured.admin) as producer:
        for topic in ALL_TOPICS:
            headers = [*HEADERS, ("ce_type", next(iter(topic.types)).encode())]
            await producer.send_and_wait(topic.name, b"{}", key=b"key", headers=headers)
    return secured


@pytest.fixture
def settings(network: SecuredKafka) -> dict[str, str]:
    """What an operator's commands about partners are told."""
    return {
        **build_environment(network.admin),
        "ALUMNIBUS_PARTNER_KAFKA": network.partners.servers,
        "ALUMNIBUS_PARTNER_KAFKA_CA": network.partners.ca,
    }


@pytest.fixture
def operate(network: SecuredKafka, settings: dict[str, str]) -> Iterator[Operate]:
    """Gives an operator's command about partners and returns what it printed; all partners are gone at the end."""

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, words, env=settings)
        assert done.exit_code == code, done.output
        return done.output

    yield run
    with open_cluster(network.admin) as cluster:
        partners = {user.split(".")[1] for user in cluster.list_users("partner.")}
    for partner in partners:
        run("revoke", partner)


@pytest.fixture
def giz(operate: Operate, tmp_path: Path) -> Path:
    """The folder with the files of a partner."""
    operate("add", "giz", "--folder", str(tmp_path / "giz"))
    return tmp_path / "giz"

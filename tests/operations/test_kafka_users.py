"""Users of Kafka: services are admitted, and a partner's credentials come, change and go."""

import ssl
from pathlib import Path

import pytest

from deploy.kafka.grants import SERVICES
from shared.testing.kafka import set_broker
from tests.conftest import SecuredKafka
from tests.operations.operator import Log, walking


@pytest.fixture(autouse=True)
def administrator(secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of whoever administers Kafka."""
    set_broker(monkeypatch, secured.admin)
    monkeypatch.setenv("ALUMNIBUS_PARTNER_KAFKA", secured.partners.servers)
    monkeypatch.setenv("ALUMNIBUS_PARTNER_KAFKA_CA", secured.partners.ca)


async def test_services_are_admitted_and_the_listener_is_certified(log: Log, tmp_path: Path) -> None:
    for service in SERVICES:
        (tmp_path / f"kafka-{service}").write_text(f"{service} secret")
    async with walking("Who may do what on the brokers", log) as operator:
        told = await operator.does(None, "deploy.kafka.principals --passwords FOLDER", FOLDER=tmp_path)
        certify = "deploy.kafka.certificates FOLDER --host HOST"
        await operator.does(None, certify, FOLDER=tmp_path, HOST="kafka.example.org")
        first = (tmp_path / "ca.pem").read_text(), (tmp_path / "listener.pem").read_text()
        await operator.does(None, certify, FOLDER=tmp_path, HOST="kafka.example.org")
        second = (tmp_path / "ca.pem").read_text(), (tmp_path / "listener.pem").read_text()

    assert told == "4 services may sign in\n"
    assert first[0] == second[0]
    assert first[1] != second[1]
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tmp_path / "listener.pem")


async def test_a_partner_comes_changes_its_credentials_and_goes(log: Log) -> None:
    async with walking("A partner wants to read, or shall no more", log) as operator:
        added = await operator.does(None, "deploy.kafka.partners add giz")
        listed = await operator.does(None, "deploy.kafka.partners list")
        rotated = await operator.does(None, "deploy.kafka.partners rotate giz")
        expired = await operator.does(None, "deploy.kafka.partners expire")
        revoked = await operator.does(None, "deploy.kafka.partners revoke giz")

    assert "giz signs in at" in added
    assert listed.startswith("partner.giz.")
    assert "The ones of before work until" in rotated
    assert expired == "0 credentials ended, 2 work\n"
    assert revoked == "2 of 2 credentials of giz ended\n"

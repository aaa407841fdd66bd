"""Who signs in, as an operator sees to it: the first operator is invited, and the keys of sessions are rotated."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.session_keys import PUBLIC, SIGNING, make_missing_keys
from services.members.app import compose
from shared.access.sessions import Session, SessionReader, SessionSigner
from shared.messaging.kafka import Kafka
from shared.testing.kafka import set_broker
from tests.operations.operator import Log, walking

EMAIL = "first.operator@example.org"


async def test_the_first_operator_is_invited_by_the_command_line(
    dsns: Mapping[str, str], kafka: Kafka, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["members"])
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_URL", "https://alumni.example")
    set_broker(monkeypatch, kafka)
    async with walking("The first operator", log) as operator:
        invited = await operator.does(compose(), "operators invite EMAIL", EMAIL=EMAIL)
        listed = await operator.does(compose(), "operators list")

    assert invited == "whoever signs in with this address is an operator\n"
    assert listed.count("\n") == 2
    assert EMAIL in listed


async def test_a_rotation_lets_another_key_sign_and_signs_nobody_out(tmp_path: Path, log: Log) -> None:
    make_missing_keys(tmp_path)
    signing, now = tmp_path / "members" / SIGNING, datetime.now(UTC)
    before = signing.read_text()
    async with walking("The keys of sessions", log) as operator:
        await operator.does(None, "deploy.secrets rotate FOLDER", FOLDER=tmp_path)
    after = signing.read_text()

    assert before != after
    reader = SessionReader((tmp_path / "events" / PUBLIC).read_text())
    for key in (before, after):
        session = SessionSigner(key).sign_session(Session(uuid4(), None, now, now))
        assert reader.read_session(session, now) is not None

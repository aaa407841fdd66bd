"""The whole way: who is invited over the members service's HTTP API gets a mail."""

from collections.abc import Mapping

import pytest

from services.members.app import compose as compose_members
from services.notifications.consumers import ROUTES
from shared.contracts.catalogue import (
    MEMBER,
)
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.notifications.conftest import StartService
from tests.notifications.mailserver import MailServer

TOPICS = (*ROUTES, MEMBER)
KIM = {
    "given_name": "Kim",
    "family_name": "Beispiel",
    "email": "kim.beispiel@example.org",
    "language": "de",
    "organisation": "daad",
}


async def test_who_is_invited_over_http_gets_one_mail_and_erasure_reaches_the_log(
    start: StartService,
    mailbox: MailServer,
    dsns: Mapping[str, str],
    kafka: Kafka,
    make_topics: MakeTopics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_topics(TOPICS)
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
    async with start("consumers", "work") as service:
        monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["members"])
        async with running_service(compose_members(), only=("api", "relay")) as members:
            daad = {"name": "Akademischer Dienst", "kind": "foundation", "country": "DE"}
            (await members.http.put("/organisations/daad", json=daad)).raise_for_status()
            joined = await members.http.post(
                "/members", json=KIM | {"invite": True}, headers={"X-Correlation-ID": "c-7"}
            )
            member = joined.raise_for_status().json()["member"]
            await eventually(lambda: _sent(service, member))
            assert await service.pool.fetchval("SELECT correlation_id FROM delivery") == "c-7"

            (await members.http.delete(f"/members/{member}")).raise_for_status()
            await eventually(lambda: _forgotten(service))

    [mail] = mailbox.accepted
    assert mailbox.recipients == ["kim.beispiel@example.org"]
    assert mail["Subject"] == "Akademischer Dienst lädt Sie ins Netzwerk ein"


async def _sent(service: Running, member: str) -> bool:
    found = (await service.http.get(f"/deliveries?member={member}&state=sent")).json()["items"]
    return len(found) == 1


async def _forgotten(service: Running) -> bool:
    rows = await service.pool.fetch(
        "SELECT 1 FROM recipient UNION ALL SELECT 1 FROM delivery WHERE text <> ''"
    )
    return rows == []

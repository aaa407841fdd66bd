"""One person's way through all four services: invited, followed by one id, erased everywhere, and in no log."""

import json
import mailbox
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

from deploy.postgres.roles import SERVICES
from shared.contracts.catalogue import ERASURE, MEMBER, ORGANISATION, PROFILE, Topic
from shared.messaging.kafka import Kafka
from shared.postgres.pool import open_pool
from shared.runtime import audit
from shared.testing.access import build_headers
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.cloud_events import read_event
from tests.journeys import canaries, credentials
from tests.journeys.conftest import Environments, Platform
from tests.journeys.server_files import find_quoting_files

PERSON = {
    "given_name": "Zsófia",
    "family_name": "Beispielová-Muster",
    "email": "zsofia.muster@example.org",
    "language": "de",
    "organisation": "giz",
    "invite": True,
}
PERSONAL = ("Zsófia", "Beispielová", "zsofia.muster")


@pytest.fixture
def environments() -> Environments:
    """The world hears of everybody each second."""
    return {"members": {"ALUMNIBUS_RELEASE_SECONDS": "1"}}


@pytest.fixture
async def member(platform: Platform) -> Any:
    giz = {
        "name": "Deutsche Gesellschaft für Internationale Zusammenarbeit",
        "kind": "institute",
        "country": "DE",
    }
    (await platform.clients["members"].put("/organisations/giz", json=giz)).raise_for_status()
    headers = {"X-Correlation-ID": "the-way-of-one-request"}
    answer = await platform.clients["members"].post("/members", json=PERSON, headers=headers)

    async def was_invited() -> bool:
        statistics = (await platform.clients["notifications"].get("/statistics")).json()
        return bool(statistics["deliveries"].get("invitation", {}).get("sent"))

    await eventually(was_invited)
    return answer.json()


async def test_what_is_personal_or_proves_who_somebody_is_stands_in_no_log_whatever_fails(
    platform: Platform, kafka: Kafka, member: Any, servers_home: Path | None
) -> None:
    [mail] = mailbox.Maildir(platform.mails, create=False)
    assert mail["To"] is not None

    got = await credentials.get_credentials(platform)
    await credentials.send_everywhere(platform, got)
    await credentials.come_back(platform, got)
    assert (await credentials.use_link(platform, got, "000000x")).status_code == 422
    await canaries.send_everywhere(platform)
    await canaries.send_records(kafka)
    await canaries.send_refused_records(kafka)
    await eventually(lambda: logs_say(platform, "message.refused.alarm"))
    await eventually(lambda: canaries.are_parked(platform))
    await canaries.refuse_rows(platform)
    await canaries.send_commands(platform)
    assert (await credentials.use_link(platform, got, got.digits)).status_code == 500
    await canaries.take_tables_away(platform)
    await canaries.send_everywhere(platform)
    await credentials.send_everywhere(platform, got)
    await credentials.come_back(platform, got)
    for event in ("request.serve.failed", "work.step.failed"):
        await eventually(partial(logs_say, platform, event))

    for service in SERVICES:
        for text in (*PERSONAL, canaries.CANARY):
            assert text.lower() not in platform.read_log(service).lower()
    assert "/sign-in/link/{token}" in platform.read_log("members")
    assert credentials.find_leaks(platform, got) == set()
    if servers_home is not None:
        assert find_quoting_files(servers_home, kafka, (*PERSONAL, canaries.CANARY)) == set()
        assert find_quoting_files(servers_home, kafka, (kafka.prefix,)), "what is searched isn't there"


async def find_lines_of_the_request(platform: Platform) -> dict[str, list[Any]]:
    """What each service logged of it; nothing until each has."""
    found = {
        service: [
            json.loads(line) for line in platform.read_log(service).splitlines() if "the-way-of" in line
        ]
        for service in SERVICES
    }
    return found if all(found.values()) else {}


async def logs_say(platform: Platform, event: str) -> bool:
    return all(event in platform.read_log(service) for service in SERVICES)


async def download_data(platform: Platform, member: str) -> Any:
    """What each service tells the member of themselves, by service; None until all have."""
    http, me = platform.clients["members"], build_headers(member=UUID(member))
    assert (await http.post("/me/data", data={}, headers=me)).status_code == 303

    async def archive() -> Any:
        answer = await http.get("/me/data/alumnibus.zip", headers=me)
        return ZipFile(BytesIO(answer.content)) if answer.status_code == 200 else None

    told = await eventually(archive)
    return {service: json.loads(told.read(f"{service}.json")) for service in SERVICES}


async def test_a_request_is_followed_by_one_id_all_services_tell_and_an_erasure_reaches_all_their_tables(
    platform: Platform, kafka: Kafka, member: Any
) -> None:
    found = await eventually(lambda: find_lines_of_the_request(platform))
    assert all(line["service"] == service for service, lines in found.items() for line in lines)
    known = {table.partition(".")[0] for table in await platform.find_tables_with(member["member"])}
    assert set(SERVICES) == known

    await eventually(lambda: read_records(kafka, MEMBER.name))
    told = await download_data(platform, member["member"])
    assert [[each["given_name"] for each in told[service]["profile"]] for service in SERVICES] == [
        ["Zsófia"]
    ] * 4
    assert [mail["kind"] for mail in told["notifications"]["deliveries"]] == ["invitation"]
    ordered = await platform.clients["members"].delete(f"/members/{member['member']}")
    again = await platform.clients["members"].delete(f"/members/{member['member']}")

    assert ordered.status_code == 202
    assert ordered.json() == again.json()

    await _tidy_audit(platform)

    async def remaining_tables() -> set[str]:
        tables = {table for text in PERSONAL for table in await platform.find_tables_with(text)}
        return tables | {p for p in await platform.find_tables_with(member["member"]) if not _keeps_ids(p)}

    async def nothing_left() -> bool:
        return not await remaining_tables()

    async def is_gone(topic: Topic) -> bool:
        newest = (await read_records(kafka, topic.name))[-1]
        return newest.value is None

    with suppress(AssertionError):
        await eventually(nothing_left)
    assert set() == await remaining_tables()
    for topic in (PROFILE, MEMBER):
        await eventually(partial(is_gone, topic))
    orders = await read_records(kafka, ERASURE.name)
    assert {record.key.decode() for record in orders} == {member["member"]}
    for topic in (ORGANISATION, PROFILE, MEMBER, ERASURE):
        for record in await read_records(kafka, topic.name):
            assert read_event(record.headers, record.key, record.value).get_type() in {*topic.types, "_roll"}
    await eventually(lambda: _all_reported(platform))


async def _tidy_audit(platform: Platform) -> None:
    """What members' own worker does within a minute: the order to erase somebody names them, too."""
    async with await open_pool(platform.dsns["members"], "members", size=1) as pool:
        await audit.tidy_up(pool, days=365)


async def _all_reported(platform: Platform) -> bool:
    return not (await platform.clients["members"].get("/erasures")).json()["items"]


def _keeps_ids(table: str) -> bool:
    """Where an id without anything else may stay: marks that it is gone, keys of tombstones."""
    return (
        table.endswith((".erased", ".erased_address", ".open_order", ".audit_erasure"))
        or ".outbox" in table
        or table == "matching.person"
    )

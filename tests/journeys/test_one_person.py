"""One person's way through all four services: invited, followed by one id, and erased everywhere."""

import json
import mailbox
from contextlib import suppress
from typing import Any

import pytest

from deploy.local.database import SERVICES
from shared.contracts.catalogue import ERASURE, MEMBER, PROFILE
from shared.messaging.kafka import Kafka
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.journeys.conftest import Platform

PERSON = {
    "given_name": "Zsófia",
    "family_name": "Beispielová-Muster",
    "email": "zsofia.muster@example.org",
    "language": "de",
    "organisation": "giz",
    "invite": True,
}
TELLING = ("Zsófia", "Beispielová", "zsofia.muster")


@pytest.fixture
async def member(platform: Platform) -> Any:
    giz = {
        "name": "Deutsche Gesellschaft für Internationale Zusammenarbeit",
        "kind": "institute",
        "country": "DE",
    }
    (await platform.doors["members"].put("/organisations/giz", json=giz)).raise_for_status()
    headers = {"X-Correlation-ID": "the-way-of-one-request"}
    answer = await platform.doors["members"].post("/members", json=PERSON, headers=headers)

    async def invited() -> bool:
        figures = (await platform.doors["notifications"].get("/statistics")).json()
        return bool(figures["deliveries"].get("invitation", {}).get("sent"))

    await eventually(invited)
    return answer.json()


async def test_a_request_is_followed_through_all_four_services_by_one_id(
    platform: Platform, member: Any
) -> None:
    async def lines() -> dict[str, list[Any]]:
        found = {
            service: [json.loads(line) for line in platform.log(service).splitlines() if "the-way-of" in line]
            for service in SERVICES
        }
        return found if all(found.values()) else {}

    found = await eventually(lines)
    assert all(line["service"] == service for service, told in found.items() for line in told)


async def test_what_is_personal_stands_in_no_log_and_arrives_in_one_mail(
    platform: Platform, member: Any
) -> None:
    [mail] = mailbox.Maildir(platform.mails, create=False)
    assert mail["To"] is not None
    for service in SERVICES:
        for telling in TELLING:
            assert telling.lower() not in platform.log(service).lower()


async def test_an_erasure_reaches_the_tables_of_all_four_services(
    platform: Platform, kafka: Kafka, member: Any
) -> None:
    known = {place.partition(".")[0] for place in await platform.holding(member["member"])}
    assert set(SERVICES) == known

    ordered = await platform.doors["members"].delete(f"/members/{member['member']}")
    again = await platform.doors["members"].delete(f"/members/{member['member']}")

    assert ordered.status_code == 202
    assert ordered.json() == again.json()

    async def left() -> set[str]:
        places = {place for telling in TELLING for place in await platform.holding(telling)}
        return places | {p for p in await platform.holding(member["member"]) if not _keeps_ids(p)}

    async def gone() -> bool:
        return not await left()

    with suppress(AssertionError):
        await eventually(gone)
    assert set() == await left()
    for topic in (PROFILE, MEMBER):
        assert (await read_records(kafka, topic.name))[-1].value is None
    assert len(await read_records(kafka, ERASURE.name)) == 1


def _keeps_ids(place: str) -> bool:
    """Where an id without anything else may stay: marks that it is gone, answers to commands, keys of tombstones."""
    return place.endswith((".erased", ".idempotency")) or ".outbox" in place or place == "matching.person"

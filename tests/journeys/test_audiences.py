"""Each audience knows a member by an id of its own, and nothing on two topics joins them."""

import json
from typing import Any

from shared.contracts.catalogue import MEMBER, outbound
from shared.messaging.kafka import Kafka
from shared.testing.kafka import Record, read_records
from shared.testing.waiting import eventually
from tests.journeys.conftest import Platform

GIZ = {
    "name": "Deutsche Gesellschaft für Internationale Zusammenarbeit",
    "kind": "institute",
    "country": "DE",
}
NAMES = ("Kim", "Robin", "Sascha")


def joinable_values(record: Record) -> set[str]:
    """Every word of a record that could be joined with another record's: headers, key, and data."""
    headers = {value.decode() for _, value in record.headers}
    return headers | {record.key.decode()} | set(_collect_scalars(json.loads(record.value)))


def _collect_scalars(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for value in data.values() for text in _collect_scalars(value)]
    if isinstance(data, list):
        return [text for value in data for text in _collect_scalars(value)]
    return [str(data)]


async def test_public_records_and_an_organisations_records_can_not_be_joined(
    platform: Platform, kafka: Kafka
) -> None:
    (await platform.clients["members"].put("/organisations/giz", json=GIZ)).raise_for_status()
    for name in NAMES:
        person = {"given_name": name, "family_name": "Muster", "email": f"{name}@example.org".lower()}
        headers = {"X-Correlation-ID": f"request-of-{name}"}
        command = person | {"organisation": "giz", "invite": True}
        (await platform.clients["members"].post("/members", json=command, headers=headers)).raise_for_status()

    async def all_notified() -> list[Record]:
        found = await read_records(kafka, outbound("giz").name)
        return found if len(found) == len(NAMES) else []

    own = await eventually(all_notified)
    public = await read_records(kafka, MEMBER.name)

    assert len(public) == len(NAMES)
    of_all = set.intersection(*(joinable_values(record) for record in (*own, *public)))
    of_everyone_there = set.intersection(*(joinable_values(record) for record in own))
    shared = {
        value
        for ours in own
        for theirs in public
        for value in joinable_values(ours) & joinable_values(theirs)
    }
    assert shared == of_all | (shared & of_everyone_there)

"""All that crosses the broker is as the AsyncAPI document says it, which is all that a partner's developer has."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.catalogue import ADDRESS_MAIL, TOPICS, outbound
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, Record, read_records
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.events.samples import COLLOQUIUM
from tests.journeys.in_one_process import ORIGIN, running_services
from tests.matching.network import URALS, Network
from tests.members.sign_in.browser import Browser
from tests.shared.contracts.documented import Documents

ALL = (*TOPICS, outbound("giz"))
# What only a restore brings (tests/operations), a record that comes twice a day, and what is on old records only.
NOT_SEEN = {
    ("members.organisation.v1", "OrganisationGone"),
    ("events.offer.v1", "EventGone"),
    ("matching.request.v1", "RequestGone"),
    ("matching.request.v1", "MentorshipReopened"),
    *((topic.name, "_roll") for topic in TOPICS),
}

# An erasure takes back what has not gone out yet.
KNOWN_FIRST = {("members.member.v1", "MemberJoined"), ("matching.request.v1", "MentorshipEnded")}


async def call(running: Running, method: str, path: str, *, by: str | None = None, **body: Any) -> Any:
    """What a service answers, to a member or to who coordinates and operates all, as soon as it has heard of whom the
    request names."""
    http = running.as_member(by) if by else running.http

    async def answered() -> Any:
        answer = await http.request(method, path, json=body or None)
        if answer.status_code in (404, 409) and answer.json()["type"].endswith("-unknown"):
            return None
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    return await eventually(answered)


async def join(members: Running, number: int, **more: Any) -> str:
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": f"kim{number}@example.org"}
    usual: dict[str, Any] = {
        "language": "de",
        "organisation": "giz",
        "languages": ["de"],
        "residence": "RU",
        "invite": True,
    }
    return str((await call(members, "POST", "/members", **person, **usual, **more))["member"])


async def found_organisation(members: Running) -> None:
    for name in ("GIZ", "Deutsche Gesellschaft für Internationale Zusammenarbeit"):
        await call(members, "PUT", "/organisations/giz", name=name, kind="institute", country="DE")


async def register_and_cancel(events: Running, first: str, second: str) -> None:
    draft = COLLOQUIUM | {"organisation": "giz", "places": 1}
    offer = f"/offers/{(await call(events, 'POST', '/offers', **draft))['offer']}"
    await call(events, "POST", f"{offer}/publication")
    placed = await call(events, "POST", f"{offer}/registrations", member=first)
    await call(events, "POST", f"{offer}/registrations", member=second)
    await call(events, "DELETE", f"/registrations/{placed['registration']}")
    await call(events, "PUT", f"{offer}/places", places=2)
    await call(events, "POST", f"{offer}/cancellation", reason="The house is closed.")


async def broker(matching: Running, requester: str, contact: str, advisers: Sequence[str]) -> None:
    """A request goes its whole way, and the world hears of each step."""
    network = Network(matching)
    declining, accepting = advisers
    await call(matching, "PUT", f"/desks/{URALS}", contacts=[contact], deputies=[])
    asked: dict[str, Any] = {"themes": ["trade"], "languages": ["de"], "question": "Whom do I ask?"}
    request = await call(matching, "POST", "/requests", by=requester, region=URALS, **asked)
    path = f"/requests/{request['request']}"
    await network.release_requests()
    proposal = await propose(matching, path, contact, declining)
    await network.release_requests()
    await call(matching, "POST", f"{proposal}/refusal", by=declining, reason="no time")
    await network.release_requests()
    proposal = await propose(matching, path, contact, accepting)
    await call(matching, "POST", f"{proposal}/acceptance", by=accepting)
    await network.release_requests()
    for step in ("agreement", "end"):
        await call(matching, "POST", f"{path}/{step}", by=requester)
        await network.release_requests()


async def propose(matching: Running, path: str, contact: str, adviser: str) -> str:
    made = await call(matching, "POST", f"{path}/proposals", by=contact, adviser=adviser)
    return f"/proposals/{made['proposal']}"


async def sign_in(members: Running, kafka: Kafka, email: str) -> None:
    """Somebody is given a mandate, signs in by a link, and loses the mandate."""
    given = await call(members, "POST", "/mandates", role="coordinator", organisation="giz", email=email)
    browser = Browser(members.anonymous())
    await browser.post("/sign-in", {"email": email})
    followed = await browser.get(await eventually(lambda: find_link(kafka)))
    assert followed.status_code == 303
    (await members.http.delete(f"/mandates/{given['mandate']}")).raise_for_status()


async def find_link(kafka: Kafka) -> str:
    """The path in the mail by which somebody signs in; "" until there is one."""
    mails = [json.loads(record.value) for record in await read_records(kafka, ADDRESS_MAIL.name)]
    links = [mail["link"].removeprefix(ORIGIN) for mail in mails if mail["kind"] == "sign-in"]
    return links[0] if links else ""


@pytest.fixture
async def services(dsns: Mapping[str, str], kafka: Kafka, make_topics: MakeTopics) -> Any:
    await make_topics(ALL)
    async with running_services(dsns, kafka) as running:
        yield running


async def read_documents(service: Running) -> Documents:
    """The document, and what each reference of it leads to, as they are served."""
    document = (await service.http.get("/schemas/asyncapi.internal.json")).json()
    schemas: dict[str, dict[str, Any]] = {}
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            if file := message["payload"].get("$ref"):
                schemas[file] = schemas.get(file) or (await service.http.get(f"/schemas/{file}")).json()
    return Documents(document, schemas)


async def read_everything(kafka: Kafka) -> Mapping[str, list[Record]]:
    """What is on the broker, by the topic's name without this corner's prefix: on whatever topic it is."""
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    names = [
        name.removeprefix(kafka.prefix) for name in await admin.list_topics() if name.startswith(kafka.prefix)
    ]
    await admin.close()
    return dict(zip(names, await asyncio.gather(*(read_records(kafka, name) for name in names)), strict=True))


def list_types(documents: Documents) -> set[tuple[str, str]]:
    channels = documents.document["channels"]
    return {(name, type) for name, channel in channels.items() for type in channel["messages"]}


def find_types(documents: Documents, records: Mapping[str, list[Record]]) -> set[tuple[str | None, str]]:
    return {
        (documents.find_channel(topic), dict(record.headers)["ce_type"].decode())
        for topic, found in records.items()
        for record in found
    }


async def play_journey(services: Mapping[str, Running]) -> None:
    await found_organisation(services["members"])
    knowing = {"advises": True, "regions": [URALS], "themes": ["trade"]}
    requester, contact, other = [await join(services["members"], number) for number in range(3)]
    advisers = [await join(services["members"], number, **knowing) for number in (3, 4)]
    assert await join(services["members"], 2, role="volunteer") == other
    await asyncio.gather(
        register_and_cancel(services["events"], other, requester),
        broker(services["matching"], requester, contact, advisers),
    )


async def test_all_that_crosses_the_broker_is_documented_and_all_that_is_documented_crosses_it(
    services: Mapping[str, Running], kafka: Kafka
) -> None:
    documents = await read_documents(services["notifications"])
    await play_journey(services)
    await sign_in(services["members"], kafka, "kim0@example.org")
    [someone, another, *_] = (
        await services["members"].http.get("/members", params={"organisation": "giz"})
    ).json()["items"]
    asked = await services["members"].as_member(another["member"]).post("/me/data", data={})
    assert asked.status_code == 303, asked.text
    promised = list_types(documents) - NOT_SEEN

    async def told_of_everybody() -> bool:
        return find_types(documents, await read_everything(kafka)) >= {*KNOWN_FIRST}

    await eventually(told_of_everybody)
    await call(services["members"], "DELETE", f"/members/{someone['member']}")

    async def all_said() -> Mapping[str, list[Record]] | None:
        records = await read_everything(kafka)
        return records if find_types(documents, records) >= promised else None

    with suppress(AssertionError):
        await eventually(all_said)
    records = await read_everything(kafka)
    assert promised - find_types(documents, records) == set()
    await compare(documents, records, services["events"])


async def compare(documents: Documents, records: Mapping[str, list[Record]], service: Running) -> None:
    for topic, found in records.items():
        channel = documents.find_channel(topic)
        assert channel is not None, f"{topic} is undocumented"
        for record in found:
            faults = list(documents.find_faults(channel, record.headers, record.key, record.value))
            assert faults == [], (topic, dict(record.headers))
    named = {
        dict(record.headers)["ce_dataschema"].decode()
        for found in records.values()
        for record in found
        if not (record.key or b"").startswith(b"_roll")
    }
    assert len(named) == len(documents.document["channels"])
    for address in named:
        assert (await service.http.get(address.removeprefix(ORIGIN))).json()["$id"] == address

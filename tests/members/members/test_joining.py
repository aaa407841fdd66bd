"""Joining: a command is published as messages, once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.catalogue import MEMBER, ORGANISATION, PROFILE
from shared.messaging.kafka import Kafka
from shared.runtime.service import Service
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running, read_outbox, running_service
from shared.testing.waiting import eventually
from tests.members.uploads import describe_organisations
from tests.shared.operations.command_line import told

KIM = {
    "given_name": "Kim",
    "family_name": "Beispiel",
    "email": "Kim.Beispiel+daad@Example.org",
    "language": "de",
    "organisation": "daad",
}


@pytest.fixture
async def members(service: Service, make_topics: MakeTopics) -> AsyncIterator[Running]:
    """Members that run and send."""
    await make_topics([ORGANISATION, MEMBER, PROFILE])
    async with running_service(service, only=("api", "relay")) as running:
        await describe_organisations(running)
        yield running


async def test_a_member_who_joins_is_announced_to_the_services_at_once_and_to_the_world_later(
    members: Running,
) -> None:
    answer = await members.http.post("/members", json=KIM)

    assert answer.status_code == 201, answer.text
    [(_, _, profile)] = await read_outbox(members.pool, PROFILE.name)
    assert profile["family_name"] == "Beispiel"
    assert await read_outbox(members.pool, MEMBER.name) == []


async def test_the_same_command_with_its_key_gets_the_same_answer(members: Running) -> None:
    first = await members.http.post("/members", json=KIM, headers={"Idempotency-Key": "k1"})
    turned = dict(reversed(KIM.items())) | {"cohort": None, "role": "alumnus"}
    again = await members.http.post("/members", json=turned, headers={"Idempotency-Key": "k1"})
    other = await members.http.post(
        "/members", json=KIM | {"cohort": 2001}, headers={"Idempotency-Key": "k1"}
    )

    assert first.json() == again.json()
    assert other.status_code == 409
    assert len(await read_outbox(members.pool, PROFILE.name)) == 1


async def test_what_went_out_arrives_on_the_topic_with_its_cloudevents_headers(
    members: Running, kafka: Kafka
) -> None:
    joined = (await members.http.post("/members", json=KIM, headers={"X-Correlation-ID": "c-1"})).json()

    async def arrived() -> list[Any]:
        return await told(kafka, PROFILE)

    [record] = await eventually(arrived)
    headers = dict(record.headers)
    assert record.key.decode() == joined["member"]
    assert headers["ce_type"] == b"MemberJoined"
    assert headers["ce_sequence"] == b"00001000000000000001"
    assert headers["ce_correlationid"] == b"c-1"


async def test_many_who_join_with_one_address_at_once_are_one_member(members: Running) -> None:
    ways = [KIM | {"email": f"KIM.beispiel+{n}@example.org", "cohort": 1980 + n} for n in range(40)]
    others = [KIM | {"organisation": "giz"}, KIM | {"role": "volunteer"}]

    answers = await asyncio.gather(*(members.http.post("/members", json=way) for way in (ways + others)))

    outcomes = [answer.json()["outcome"] for answer in answers]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["member"] for answer in answers}) == 1
    assert (outcomes.count("joined"), outcomes.count("changed")) == (1, 39)
    counted = (await members.http.get("/statistics")).json()
    assert (counted["members"], counted["affiliations"]) == (1, 3)


async def test_who_writes_an_address_otherwise_is_the_same_member_and_who_has_another_is_not(
    members: Running,
) -> None:
    one_mailbox = ("max@straße.example.org", "MAX+daad@STRAẞE.example.org", "max@xn--strae-oqa.example.org")
    another = "max@strasse.example.org"

    async def join(email: str) -> str:
        answer = await members.http.post("/members", json=KIM | {"email": email})
        return str(answer.raise_for_status().json()["member"])

    assert len({await join(email) for email in one_mailbox}) == 1
    assert await join(another) != await join(one_mailbox[0])


async def test_a_coordinator_finds_a_member_by_the_id_in_the_own_list(members: Running) -> None:
    joined = (await members.http.post("/members", json=KIM | {"reference": "A/7"})).json()
    await members.http.post("/members", json=KIM | {"email": "other@example.org", "reference": "A/8"})

    async def found(**params: str) -> list[Any]:
        items: list[Any] = (await members.http.get("/members", params=params)).json()["items"]
        return items

    assert await found(organisation="daad", reference="A/7") == [{"member": joined["member"]}]
    assert len(await found(organisation="daad")) == 2
    assert await found(organisation="giz", reference="A/7") == []
    assert (await members.http.get("/members", params={"organisation": "nobody"})).status_code == 403


async def test_each_organisation_knows_a_member_by_an_id_of_its_own(members: Running) -> None:
    joined = (await members.http.post("/members", json=KIM)).json()
    for more in ({"role": "volunteer"}, {"organisation": "giz"}, {"organisation": "deutscher-bundestag"}):
        (await members.http.post("/members", json=KIM | more)).raise_for_status()

    profile = (await members.http.get(f"/members/{joined['member']}")).json()
    ids = {(a["organisation"], a["organisation_id"]) for a in profile["affiliations"]}
    assert [organisation for organisation, _ in sorted(ids)] == ["daad", "deutscher-bundestag", "giz"]
    assert len({joined["member"], *(own for _, own in ids)}) == 4


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ({"given_name": "Suharto"}, ("Suharto", "")),
        ({"family_name": "Sukarni", "given_name": " \u200b"}, ("", "Sukarni")),
        ({"given_name": "Nguye\u0302\u0303n\u2060", "family_name": None}, ("Nguyễn", "")),
    ],
)
async def test_who_has_one_name_joins_with_it(
    members: Running, name: dict[str, str | None], kept: tuple[str, str]
) -> None:
    single = {key: value for key, value in KIM.items() if not key.endswith("_name")} | name

    joined = (await members.http.post("/members", json=single)).raise_for_status().json()

    profile = (await members.http.get(f"/members/{joined['member']}")).json()
    assert (profile["given_name"], profile["family_name"]) == kept


@pytest.mark.parametrize("name", [{}, {"given_name": "", "family_name": ""}, {"given_name": "\u3164\xad"}])
async def test_who_has_no_name_is_refused_with_the_reason(members: Running, name: dict[str, str]) -> None:
    nobody = {key: value for key, value in KIM.items() if not key.endswith("_name")} | name

    answer = await members.http.post("/members", json=nobody)

    assert answer.status_code == 422
    assert "a given or a family name is needed" in answer.text


async def test_who_shares_the_address_of_a_member_is_refused_and_nothing_is_given_to_the_member(
    members: Running,
) -> None:
    first = (await members.http.post("/members", json=KIM)).json()
    before = await read_outbox(members.pool)

    for other in ({"given_name": "Toni"}, {"given_name": "Ada", "family_name": "Muster"}):
        shared = KIM | other | {"email": "kim.beispiel+toni@example.org", "organisation": "giz"}
        answer = await members.http.post("/members", json=shared)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/address-of-another")

    assert await read_outbox(members.pool) == before
    profile = (await members.http.get(f"/members/{first['member']}")).json()
    assert [each["organisation"] for each in profile["affiliations"]] == ["daad"]


@pytest.mark.parametrize("wrong", ["nobody", "a@b", "x@y@example.org", "a\u200b@example.org"])
async def test_an_address_that_is_none_is_refused(members: Running, wrong: str) -> None:
    answer = await members.http.post("/members", json=KIM | {"email": wrong})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/email-invalid")

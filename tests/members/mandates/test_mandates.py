"""Mandates are given on, wait for an address, and end everywhere when they are taken back."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.contracts.catalogue import ACCOUNT, ADDRESS_MAIL
from shared.contracts.members import MandateRole
from shared.testing.access import build_headers
from shared.testing.services import Running, read_outbox
from tests.members import people
from tests.members.people import COLLEAGUE


@pytest.fixture
def members(signing_in: Running) -> Running:
    """Members with two organisations."""
    return signing_in


async def published(running: Running, account: Any) -> Any:
    """The mandates of the account, as all services hear of them last."""
    states = [data for _, key, data in await read_outbox(running.pool, ACCOUNT.name) if key == str(account)]
    return [(mandate["role"], mandate["scope"]) for mandate in states[-1]["mandates"]]


async def test_a_colleague_who_is_invited_by_mail_is_a_coordinator_once_the_address_is_proved(
    members: Running,
) -> None:
    anna = await people.appoint(members.pool, MandateRole.COORDINATOR, "daad", "anna")

    invited = await members.http.post("/mandates", json=COLLEAGUE, headers=anna)

    assert invited.status_code == 201, invited.text
    assert invited.json()["since"] is None
    [(_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
    assert (mail["kind"], mail["address"], mail["organisation"]) == ("mandate", "Kim@Example.org", "DAAD")
    account = await people.open_account(members.pool, "kim+work@example.org")
    assert await published(members, account) == [("coordinator", "daad")]
    kim = build_headers(account)
    listed = (await members.http.get("/mandates", params={"organisation": "daad"}, headers=kim)).json()
    assert [each["email"] for each in listed["items"]] == [None, "Kim@Example.org"]


async def test_who_comes_from_another_issuer_is_invited_again_at_the_same_address(members: Running) -> None:
    anna = await people.appoint(members.pool, MandateRole.COORDINATOR, "daad", "anna")
    await members.http.post("/mandates", json=COLLEAGUE, headers=anna)
    first = await people.open_account(members.pool, "kim@example.org", "kim-at-one-issuer")

    again = [await members.http.post("/mandates", json=COLLEAGUE, headers=anna) for _ in range(2)]
    await people.open_account(members.pool, "kim@example.org", "kim-at-one-issuer")
    held_already = await list_waiting(members, anna)
    await members.http.post("/mandates", json=COLLEAGUE, headers=anna)
    second = await people.open_account(members.pool, "kim@example.org", "kim-at-another")

    assert [answer.json()["since"] for answer in again] == [None, None]
    assert again[0].json()["mandate"] == again[1].json()["mandate"]
    assert (held_already, await list_waiting(members, anna)) == ([], [])
    assert first != second
    for account in (first, second):
        assert await published(members, account) == [("coordinator", "daad")]


async def list_waiting(members: Running, headers: Mapping[str, str]) -> list[str]:
    listed = await members.http.get("/mandates", params={"organisation": "daad"}, headers=headers)
    return [each["email"] for each in listed.json()["items"] if each["since"] is None]


async def test_a_mandate_that_is_taken_back_ends_at_once_and_a_repeat_changes_nothing(
    members: Running,
) -> None:
    anna = await people.appoint(members.pool, MandateRole.COORDINATOR, "daad", "anna")
    await members.http.post("/mandates", json=COLLEAGUE, headers=anna)
    account = await people.open_account(members.pool, "kim@example.org")
    kim = build_headers(account)
    listed = (await members.http.get("/mandates", params={"organisation": "daad"}, headers=anna)).json()
    path = f"/mandates/{listed['items'][1]['mandate']}"

    answers = [await members.http.delete(path, headers=anna) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert await published(members, account) == []
    assert (await members.http.get("/mandates", headers=kim)).status_code == 403
    assert len(await read_outbox(members.pool, ACCOUNT.name)) == 4


async def test_a_coordinator_gives_nothing_beyond_the_own_organisation(members: Running) -> None:
    anna = await people.appoint(members.pool, MandateRole.COORDINATOR, "daad", "anna")
    await people.appoint(members.pool, MandateRole.COORDINATOR, "giz", "ben")
    foreign = await members.pool.fetchval("SELECT mandate FROM mandate WHERE scope = 'giz'")

    refused = {
        "giz": await members.http.post("/mandates", json=COLLEAGUE | {"organisation": "giz"}, headers=anna),
        "nobody": await members.http.post("/mandates", json=COLLEAGUE | {"organisation": "x"}, headers=anna),
        "list": await members.http.get("/mandates", params={"organisation": "giz"}, headers=anna),
        "delete": await members.http.delete(f"/mandates/{foreign}", headers=anna),
    }
    system = COLLEAGUE | {"role": "partner-system"}
    operator = {"role": "operator", "email": "kim@example.org"}

    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(refused, 404)
    assert refused["giz"].json() == refused["nobody"].json()
    for more in (system, operator):
        assert (await members.http.post("/mandates", json=more, headers=anna)).status_code == 403


async def test_an_operator_gives_the_first_mandates_and_the_last_operator_stays(members: Running) -> None:
    root = await people.appoint(members.pool, MandateRole.OPERATOR, None, "root")
    [own] = (await members.http.get("/mandates", headers=root)).json()["items"]
    system = {"role": "partner-system", "organisation": "giz", "issuer": people.ISSUER, "subject": "giz-crm"}

    kept = await members.http.delete(f"/mandates/{own['mandate']}", headers=root)
    given = await members.http.post("/mandates", json=system, headers=root)
    await members.http.post("/mandates", json={"role": "operator", "email": "b@example.org"}, headers=root)
    waiting = await members.http.delete(f"/mandates/{own['mandate']}", headers=root)
    await people.open_account(members.pool, "b@example.org")
    left = await members.http.delete(f"/mandates/{own['mandate']}", headers=root)

    assert (kept.status_code, kept.json()["type"]) == (409, "/problems/last-operator")
    assert await published(members, given.json()["account"]) == [("partner-system", "giz")]
    assert (waiting.status_code, left.status_code) == (409, 204)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "00000000-0000-7000-8000-000000000000"},
        {"email": None},
        {"role": "operator"},
        {"email": "nobody"},
    ],
)
async def test_a_mandate_without_one_holder_or_a_fitting_scope_is_refused(
    members: Running, wrong: dict[str, str | None]
) -> None:
    root = await people.appoint(members.pool, MandateRole.OPERATOR, None, "root")

    assert (await members.http.post("/mandates", json=COLLEAGUE | wrong, headers=root)).status_code == 409

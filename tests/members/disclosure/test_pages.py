"""Members download all that is stored about them: they ask on a page, see how far it is, and get it for a week."""

import json
from datetime import timedelta
from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

import httpx
import pytest

from services.members.disclosure import work
from shared.contracts.catalogue import ADDRESS_MAIL, DISCLOSURES, EVENTS_DISCLOSURE
from shared.testing.services import Running, read_outbox
from tests.members import people
from tests.members.disclosure import answers
from tests.shared.web.page_reader import BROWSER, GERMAN

ARCHIVE = "/me/data/alumnibus.zip"


@pytest.fixture
async def members(signing_in: Running) -> Running:
    """Members in which nobody is."""
    return signing_in


async def read(http: httpx.AsyncClient) -> str:
    answer = await http.get("/me/data", headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


async def ask(http: httpx.AsyncClient, status: int = 303) -> httpx.Response:
    answer = await http.post("/me/data", data={}, headers=BROWSER)
    assert answer.status_code == status, answer.text
    return answer


async def let_pass(members: Running, time: timedelta) -> None:
    """Let so much time pass for what was asked."""
    await members.pool.execute(
        "UPDATE disclosure SET (asked_at, ready_at, expires_at) = (asked_at - $1::interval, ready_at - $1::interval,"
        " expires_at - $1::interval)",
        time,
    )
    await members.pool.execute("UPDATE disclosure_answer SET asked_at = asked_at - $1::interval", time)


async def test_a_member_sees_who_has_answered_and_downloads_all_of_it_once_a_mail_says_so(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    assert "Gather my data" in await read(me)
    assert (await me.get(ARCHIVE)).status_code == 404
    await ask(me)
    [asked] = await answers.read_requests(members)
    assert (asked.member, asked.services) == (kim, ("events", "matching", "notifications"))
    assert "0 of 4" in await read(me)

    await answers.tell_own(members)
    for topic in DISCLOSURES:
        assert await read_outbox(members.pool, ADDRESS_MAIL.name) == []
        assert (await me.get(ARCHIVE)).status_code == 404
        await answers.answer(members, topic, asked)

    assert "Your data is ready" in await read(me)
    [(_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
    assert (mail["text"], mail["address"], mail["member"]) == ("disclosure", people.KIM, str(kim))
    assert mail["link"].endswith("/me/data")
    answer = await me.get(ARCHIVE, headers=GERMAN)
    assert answer.headers["Cache-Control"] == "private, no-store"
    archive = ZipFile(BytesIO(answer.content))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {
        "index.html",
        "members.json",
        "events.json",
        "matching.json",
        "notifications.json",
    }
    told = json.loads(archive.read("members.json"))
    assert [each["email"] for each in told["profile"]] == [people.KIM]
    assert json.loads(archive.read("events.json")) == json.loads(answers.TOLD)
    page = archive.read("index.html").decode()
    assert '<html lang="de">' in page
    assert "Vorname" in page
    assert "Kolloquium &lt;b&gt;&amp; Empfang" in page
    assert "<script" not in page


async def test_what_comes_in_several_parts_is_one_list_in_the_archive(
    members: Running, me: httpx.AsyncClient
) -> None:
    await ask(me)
    [asked] = await answers.read_requests(members)
    await answers.answer(
        members,
        EVENTS_DISCLOSURE,
        asked,
        ['{"a": [{"n": 1}], "b": [{"n": 2}]}', '{"b": [{"n": 3}], "c": []}'],
    )
    for topic in DISCLOSURES[1:]:
        await answers.answer(members, topic, asked, ["{}"])
    await answers.tell_own(members)

    archive = ZipFile(BytesIO((await me.get(ARCHIVE)).content))

    assert json.loads(archive.read("events.json")) == {"a": [{"n": 1}], "b": [{"n": 2}, {"n": 3}], "c": []}
    assert json.loads(archive.read("matching.json")) == {}


async def test_who_asks_again_gets_the_same_until_a_day_after_it_was_ready(
    members: Running, me: httpx.AsyncClient
) -> None:
    await ask(me)
    await ask(me)
    assert len(await answers.read_requests(members)) == 1
    await answers.gather_all(members)

    assert "less than a day ago" in (await ask(me, 429)).text
    assert (await me.get(ARCHIVE)).status_code == 200
    await let_pass(members, timedelta(hours=25))
    await ask(me)

    assert len(await answers.read_requests(members)) == 2
    assert "0 of 4" in await read(me)


async def test_what_was_gathered_is_deleted_after_a_week(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    await ask(me)
    await answers.gather_all(members)
    await let_pass(members, timedelta(days=7))

    assert (await me.get(ARCHIVE)).status_code == 404
    assert await work.watch_disclosures(members.pool) == 1
    assert await answers.count_kept(members, kim) == 0
    assert "Gather my data" in await read(me)


async def test_a_service_that_does_not_answer_is_asked_again_and_its_late_answer_is_not_mixed_in(
    members: Running, me: httpx.AsyncClient
) -> None:
    """As after a restore that took the question, or the answer."""
    await ask(me)
    [first] = await answers.read_requests(members)
    await answers.tell_own(members)
    for topic in DISCLOSURES[1:]:
        await answers.answer(members, topic, first)
    assert await work.watch_disclosures(members.pool) == 0
    await let_pass(members, timedelta(minutes=61))

    assert await work.watch_disclosures(members.pool) == 1
    *_, again = await answers.read_requests(members)
    assert again.services == ("events",)
    await answers.answer(members, EVENTS_DISCLOSURE, first, ['{"old": []}'])
    assert "3 of 4" in await read(me)
    await answers.answer(members, EVENTS_DISCLOSURE, again, ['{"new": []}'])

    archive = ZipFile(BytesIO((await me.get(ARCHIVE)).content))
    assert json.loads(archive.read("events.json")) == {"new": []}


async def test_nobody_else_gets_it(members: Running, me: httpx.AsyncClient, kim: UUID) -> None:
    await ask(me)
    await answers.gather_all(members)
    other = await people.join(members.pool, "toni@example.org")

    statuses = [
        (await http.get(ARCHIVE)).status_code
        for http in (members.as_member(other), members.anonymous(), await members.as_operator())
    ]

    assert statuses == [404, 401, 403]


async def test_an_erasure_removes_all_that_was_gathered_and_what_comes_late(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    await ask(me)
    [asked] = await answers.read_requests(members)
    await answers.answer(members, EVENTS_DISCLOSURE, asked)
    assert await answers.count_kept(members, kim) > 0

    await people.erase(members.pool, kim)
    for topic in DISCLOSURES:
        await answers.answer(members, topic, asked)

    assert await answers.count_kept(members, kim) == 0
    assert await answers.read_requests(members) == []
    assert await read_outbox(members.pool, ADDRESS_MAIL.name) == []

"""Who leaves confirms it by a link that goes by mail: opening it does nothing, the button there erases."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from services.members.leaving import work
from shared.contracts.catalogue import ADDRESS_MAIL, ERASURE
from shared.testing.services import Running, read_outbox
from tests.members import people
from tests.shared.web.page_reader import BROWSER

OVER = "This link is no longer good"


@pytest.fixture
async def members(signing_in: Running) -> Running:
    """Members in which nobody is."""
    return signing_in


async def send(http: httpx.AsyncClient, path: str, **typed: Any) -> httpx.Response:
    return await http.post(path, data=typed, headers=BROWSER)


async def read_token(members: Running) -> str:
    """The token in the link that was mailed last."""
    *_, (_, _, mail) = await read_outbox(members.pool, ADDRESS_MAIL.name)
    assert (mail["text"], mail["address"]) == ("leaving", people.KIM)
    token: str = mail["link"].rpartition("/")[2]
    return token


async def confirm(http: httpx.AsyncClient, token: str) -> int:
    return (await send(http, "/me/leave/confirmation", token=token)).status_code


async def test_who_confirms_by_the_link_is_erased_and_who_only_opens_it_is_not(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    assert (await send(me, "/me/leave", typed="Kim")).status_code == 422
    assert await read_outbox(members.pool, ADDRESS_MAIL.name) == []
    asked = await send(me, "/me/leave", typed="Kim Beispiel")
    assert asked.headers["Location"] == "/me"
    token = await read_token(members)
    page = await me.get(f"/me/leave/{token}", headers=BROWSER)
    assert "Leave now" in page.text
    assert await read_outbox(members.pool, ERASURE.name) == []

    left = await send(me, "/me/leave/confirmation", token=token)

    assert left.headers["Location"] == "/sign-in"
    assert "__Host-session=" in left.headers["set-cookie"]
    assert [key for _, key, _ in await read_outbox(members.pool, ERASURE.name)] == [str(kim)]
    for table in ("member", "leaving_link"):
        assert await members.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert (await me.get("/account")).status_code == 401


async def test_only_the_last_link_is_good_within_an_hour_for_the_member_alone(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    other = members.as_member(await people.join(members.pool, "toni@example.org"))
    await send(me, "/me/leave", typed="Kim Beispiel")
    first = await read_token(members)
    await send(me, "/me/leave", typed="Kim Beispiel")
    last = await read_token(members)

    assert [await confirm(http, token) for http, token in ((me, first), (me, ""), (other, last))] == [410] * 3
    assert await confirm(members.anonymous(), last) == 401
    await members.pool.execute("UPDATE leaving_link SET asked_at = asked_at - interval '1 hour'")
    assert OVER in (await me.get(f"/me/leave/{last}", headers=BROWSER)).text
    assert await confirm(me, last) == 410

    await work.forget_old(members.pool)
    assert await members.pool.fetchval("SELECT count(*) FROM leaving_link") == 0
    assert await members.pool.fetchval("SELECT count(*) FROM member") == 2

"""The overview of who is signed in: quick as everybody's, and nobody else's."""

import re
from uuid import uuid4

import httpx

from shared.testing.services import Running


async def read_as(visitor: httpx.AsyncClient) -> httpx.Response:
    async with visitor:
        return await visitor.get("/")


async def test_each_visitor_gets_the_navigation_that_is_theirs_and_lists_are_the_same(year: Running) -> None:
    nobody = await read_as(year.anonymous())
    coordinator = await read_as(await year.as_coordinator("daad", member=uuid4()))
    member = await read_as(year.as_member(uuid4()))
    nobody_again = await read_as(year.anonymous())

    assert nobody_again.text == nobody.text
    assert [page.headers["Cache-Control"] for page in (nobody, coordinator, member, nobody_again)] == [
        "no-cache",
        "private, no-store",
        "private, no-store",
        "no-cache",
    ]
    assert ["/organisations/daad" in page.text for page in (nobody, coordinator, member)] == [
        False,
        True,
        False,
    ]
    assert ["Sign out" in page.text for page in (nobody, coordinator, member)] == [False, True, True]
    assert len({page.text.partition("<main")[2] for page in (nobody, coordinator, member)}) == 1


async def test_of_several_organisations_none_is_where_the_visitor_is(year: Running) -> None:
    page = await read_as(await year.as_coordinator("daad", "deutscher-bundestag"))
    [navigation] = re.findall('<nav class="nav".*?</nav>', page.text, re.DOTALL)

    assert navigation.count("aria-current") == 1


async def test_the_address_that_one_came_by_stands_on_nobody_elses_page(year: Running) -> None:
    await year.http.get("/?utm_source=someones-letter")

    assert "someones-letter" not in (await year.http.get("/")).text

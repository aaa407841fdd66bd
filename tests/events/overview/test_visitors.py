"""The overview of who is signed in: quick as everybody's, and nobody else's."""

from uuid import uuid4

from shared.testing.services import Running


async def test_each_visitor_gets_the_navigation_that_is_theirs_and_lists_are_the_same(year: Running) -> None:
    nobody = await year.anonymous().get("/")
    coordinator = await (await year.as_coordinator("daad")).get("/")
    member = await year.as_member(uuid4()).get("/")
    nobody_again = await year.anonymous().get("/")

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


async def test_the_address_that_one_came_by_stands_on_nobody_elses_page(year: Running) -> None:
    await year.http.get("/?utm_source=someones-letter")

    assert "someones-letter" not in (await year.http.get("/")).text

"""The overview of who is signed in: quick as everybody's, and nobody else's."""

from uuid import UUID

import httpx

from shared.access.principal import Mandate, Principal
from shared.contracts.members import MandateRole
from shared.testing.services import Running

ACCOUNT, OTHER = (UUID(int=number) for number in (1, 2))
DAAD = frozenset({Mandate(MandateRole.COORDINATOR, "daad")})


async def read_as(events: Running, visitor: Principal | None) -> httpx.Response:
    async def signed_in(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await events.app(scope | {"state": {"principal": visitor}}, receive, send)

    transport = httpx.ASGITransport(signed_in)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        return await http.get("/")


async def test_each_visitor_gets_the_navigation_that_is_theirs_and_lists_are_the_same(year: Running) -> None:
    nobody = await read_as(year, None)
    coordinator = await read_as(year, Principal(ACCOUNT, ACCOUNT, DAAD))
    member = await read_as(year, Principal(OTHER, OTHER))
    nobody_again = await read_as(year, None)

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

"""The menu of the pages of events calls organisations as they are called, whoever looked at the page before."""

from shared.testing.services import Running
from tests.events.pages import read
from tests.shared.web.page_reader import find_navigation

OFFERS = "/organisations/daad/offers"


async def test_a_coordinator_of_several_organisations_finds_them_by_name(events: Running) -> None:
    coordinator = await events.as_coordinator("daad", "giz")
    for path in ("/", OFFERS):
        await read(coordinator, path)
        await events.pool.execute(
            "UPDATE organisation SET name = 'Austauschdienst' WHERE organisation = 'daad'"
        )
        menu = find_navigation(await read(coordinator, path))
        assert ("/organisations/daad", "Austauschdienst") in menu, path
        await events.pool.execute("UPDATE organisation SET name = 'DAAD' WHERE organisation = 'daad'")

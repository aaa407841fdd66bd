"""Statistics: how many of everything there is."""

from shared.testing.services import Running
from tests.events.conftest import Offered, join


async def test_the_statistics_count_by_state(events: Running, offered: Offered) -> None:
    offer = await offered(places=1)
    await offered(published=False)
    for member in await join(events.pool, 2):
        await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})

    assert (await events.http.get("/statistics")).json() == {
        "offers": {"draft": 1, "published": 1, "cancelled": 0, "completed": 0},
        "registrations": {"registered": 1, "waitlisted": 1, "withdrawn": 0},
        "organisations": 3,
        "members": 2,
    }

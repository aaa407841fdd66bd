"""Statistics: how many of everything there is."""

from shared.testing.services import Running
from tests.events.samples import CreateOffer, join_members


async def test_the_statistics_count_by_state(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(places=1)
    await create_offer(published=False)
    for member in await join_members(events.pool, 2):
        await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})

    assert (await events.http.get("/statistics")).json() == {
        "offers": {"draft": 1, "published": 1, "cancelled": 0, "completed": 0},
        "registrations": {"registered": 1, "waitlisted": 1, "withdrawn": 0},
        "organisations": 3,
        "members": 2,
    }

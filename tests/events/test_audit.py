"""The coordinators of an organisation see who has changed its offers, and who has registered members for them."""

from shared.testing.services import Running
from tests.events.samples import COLLOQUIUM, join_members


async def test_coordinators_see_what_was_done_to_their_offers_and_for_members(events: Running) -> None:
    host, foreign = [await events.as_coordinator(each) for each in ("deutscher-bundestag", "daad")]
    oneself, member = await join_members(events.pool, 2)

    offer = (await host.post("/offers", json=COLLOQUIUM)).raise_for_status().json()["offer"]
    await host.post(f"/offers/{offer}/publication")
    await host.put(f"/offers/{offer}/places", json={"places": 3})
    path = f"/offers/{offer}/registrations"
    await events.as_member(oneself).post(path, json={})
    given = (await host.post(path, json={"member": str(member)})).raise_for_status().json()
    await host.delete(f"/registrations/{given['registration']}")
    await host.post(f"/offers/{offer}/cancellation", json={"reason": "Storm"})

    seen = (await host.get("/audit")).json()["items"]
    assert [(entry["verb"], entry["on_behalf_of"]) for entry in reversed(seen)] == [
        ("draft_offer", None),
        ("publish_offer", None),
        ("set_capacity", None),
        ("register_member", str(member)),
        ("withdraw_registration", str(member)),
        ("cancel_offer", None),
    ]
    assert {entry["organisation"] for entry in seen} == {"deutscher-bundestag"}
    assert (await foreign.get("/audit")).json()["items"] == []

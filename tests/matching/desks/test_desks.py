"""Desks: requests find the desk that answers, and a desk that changes takes its requests over."""

from uuid import uuid4

from shared.contracts.catalogue import MENTORSHIP
from shared.testing.services import Running, read_outbox
from tests.matching.network import RUHR, URALS, Network, code


async def test_a_region_without_desk_is_answered_by_the_nearest_wider_one(network: Network) -> None:
    requester = await network.member()
    refused = await network.post("/requests", member=requester, region=URALS, question="?")
    assert code(refused) == (409, "desk-missing")

    europe = await network.desk("europe")
    russia = await network.desk("russia")
    request = await network.ask(requester, URALS)

    whole = await network.get(f"/requests/{request}")
    assert (whole["region"], whole["desk"], whole["contacts"]) == (URALS, "russia", [str(russia)])
    german = await network.get(f"/requests/{await network.ask(requester, RUHR)}")
    assert german["contacts"] == [str(europe)]


async def test_a_desk_that_opens_or_changes_takes_its_open_requests_over(
    network: Network, matching: Running
) -> None:
    await network.desk("russia")
    requester = await network.member()
    open, ended = await network.ask(requester), await network.ask(requester)
    await network.post(f"/requests/{ended}/end", member=requester)
    sent = len(await read_outbox(matching.pool, MENTORSHIP.name))

    contact = await network.desk(URALS)

    [(type, key, last)] = (await read_outbox(matching.pool, MENTORSHIP.name))[sent:]
    assert (type, key, last["contacts"]) == ("MentorshipRequested", str(open), [str(contact)])
    await network.put(f"/desks/{URALS}", contacts=[contact], deputies=[])
    assert len(await read_outbox(matching.pool, MENTORSHIP.name)) == sent + 1


async def test_a_desk_is_staffed_with_known_members_of_a_known_region_only(network: Network) -> None:
    contact = await network.member()
    unknown = await network.put(f"/desks/{URALS}", contacts=[contact, uuid4()], deputies=[])
    assert code(unknown) == (404, "member-unknown")
    assert code(await network.put("/desks/atlantis", contacts=[contact])) == (404, "region-unknown")
    assert (await network.put(f"/desks/{URALS}", contacts=[])).status_code == 422
    assert code(await network.http.get(f"/desks/{URALS}")) == (404, "desk-unknown")

    told = await network.put(f"/desks/{URALS}", contacts=[contact, contact], deputies=[contact])
    assert told.json() == await network.get(f"/desks/{URALS}")
    assert told.json() == {"region": URALS, "contacts": [str(contact)], "deputies": [str(contact)]}

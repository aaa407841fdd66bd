"""Requests: what is refused, what a desk sees of them, and that one is asked once."""

from typing import Any
from uuid import uuid4

from shared.contracts.catalogue import MENTORSHIP
from shared.testing.services import Running, read_outbox
from tests.matching.network import RUHR, URALS, Network, refusal_of

QUESTION = "Wir suchen Rat zu Normen für Gussteile, vertraulich."


async def test_words_outside_the_vocabulary_and_an_unknown_country_are_refused(network: Network) -> None:
    await network.open_desk("europe")
    requester, nowhere = await network.add_member(), await network.add_member(residence=None)
    body: dict[str, Any] = {"by": requester, "region": "europe", "question": "?"}

    assert refusal_of(await network.post("/requests", **body, themes=["alchemy"])) == (409, "theme-unknown")
    assert refusal_of(await network.post("/requests", **body, languages=["xx"])) == (409, "language-unknown")
    assert refusal_of(await network.post("/requests", **body | {"by": nowhere})) == (
        409,
        "country-unknown",
    )
    assert refusal_of(await network.post("/requests", **body | {"region": "atlantis"})) == (
        404,
        "region-unknown",
    )
    assert refusal_of(await network.post("/requests", **body | {"by": uuid4()})) == (
        404,
        "member-unknown",
    )
    assert (await network.post("/requests", **body, colour="red")).status_code == 422
    wide = await network.read_request(await network.request_mentorship(requester, "europe"))
    assert wide["to_country"] is None


async def test_a_request_without_languages_is_in_those_of_the_member(network: Network) -> None:
    await network.open_desk()
    requester = await network.add_member(language="ru", languages=("kk",))

    whole = await network.read_request(await network.request_mentorship(requester, languages=[]))

    assert whole["languages"] == ["kk", "ru"]


async def test_a_desks_list_comes_in_pages_without_question(network: Network) -> None:
    contact, _ = await network.open_desk("russia"), await network.open_desk(RUHR)
    await network.put("/desks/africa", contacts=[contact])
    requester = await network.add_member()
    mine = [
        str(await network.request_mentorship(requester, region))
        for region in (URALS, "russia", URALS, "russia", URALS)
    ]
    await network.request_mentorship(requester, RUHR)
    await network.post(f"/requests/{mine[2]}/end", by=requester)

    listed, cursor = [], None
    while True:
        page = await network.get(
            "/requests", by=contact, state="requested", limit=2, **({"cursor": cursor} if cursor else {})
        )
        listed += page["items"]
        if (cursor := page["next"]) is None:
            break

    assert [one["request"] for one in listed] == mine[:2] + mine[3:]
    assert "question" not in listed[0]
    assert [
        one["request"] for one in (await network.get("/requests", by=contact, state="ended"))["items"]
    ] == [mine[2]]
    assert len((await network.get("/requests", by=contact, desk="russia"))["items"]) == 5
    assert (await network.get("/requests", by=contact, desk=RUHR))["items"] == []
    assert (await network.get("/requests", by=requester))["items"] == []
    strange = await network.running.as_member(contact).get("/requests", params={"cursor": "WzVd"})
    assert strange.status_code == 404


async def test_the_same_question_with_its_key_is_asked_once(network: Network, matching: Running) -> None:
    await network.open_desk()
    body, http = {"region": URALS, "question": QUESTION}, matching.as_member(await network.add_member())
    first = await http.post("/requests", json=body, headers={"Idempotency-Key": "k1"})
    again = await http.post("/requests", json=body, headers={"Idempotency-Key": "k1"})

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["Location"] == f"/requests/{first.json()['request']}"
    assert len(await read_outbox(matching.pool, MENTORSHIP.name)) == 1
    [kept] = await matching.pool.fetch("SELECT * FROM kept_answer")
    assert QUESTION not in str(dict(kept))


async def test_a_request_is_seen_as_far_as_it_is_ones_own(network: Network) -> None:
    contact, requester = await network.open_desk(), await network.add_member()
    declining, accepting, stranger = [await network.add_member() for _ in range(3)]
    request = await network.request_mentorship(requester, question=QUESTION)
    proposals = [await network.propose_adviser(request, contact, one) for one in (declining, accepting)]
    path = f"/requests/{request}"

    asked = await network.get(path, by=accepting)
    assert (asked["question"], asked["requester"], asked["contacts"]) == (QUESTION, None, [])
    assert [one["adviser"] for one in asked["proposals"]] == [str(accepting)]
    await network.post(f"/proposals/{proposals[0]}/refusal", by=declining, reason="Ill.")
    await network.accept_proposal(proposals[1], accepting)

    assert (await network.get(path, by=accepting))["requester"] == str(requester)
    own = await network.get(path, by=requester)
    assert (own["adviser"], [one["adviser"] for one in own["proposals"]]) == (
        str(accepting),
        [str(accepting)],
    )
    assert [one["refusal"] for one in (await network.get(path, by=contact))["proposals"]] == ["Ill.", None]
    for other in (declining, stranger):
        refused = await network.running.as_member(other).get(path)
        assert refusal_of(refused) == (404, "request-unknown")

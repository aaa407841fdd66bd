"""Requests: what is refused, what a desk sees of them, and that one is asked once."""

from uuid import uuid4

from shared.contracts.catalogue import MENTORSHIP
from shared.testing.services import Running, read_outbox
from tests.matching.network import RUHR, URALS, Network, refusal_of

QUESTION = "Wir suchen Rat zu Normen für Gussteile, vertraulich."


async def test_words_outside_the_vocabulary_and_an_unknown_country_are_refused(network: Network) -> None:
    await network.open_desk("europe")
    requester, nowhere = await network.add_member(), await network.add_member(residence=None)
    body = {"member": requester, "region": "europe", "question": "?"}

    assert refusal_of(await network.post("/requests", **body, themes=["alchemy"])) == (409, "theme-unknown")
    assert refusal_of(await network.post("/requests", **body, languages=["xx"])) == (409, "language-unknown")
    assert refusal_of(await network.post("/requests", **body | {"member": nowhere})) == (
        409,
        "country-unknown",
    )
    assert refusal_of(await network.post("/requests", **body | {"region": "atlantis"})) == (
        404,
        "region-unknown",
    )
    assert refusal_of(await network.post("/requests", **body | {"member": uuid4()})) == (
        404,
        "member-unknown",
    )
    assert (await network.post("/requests", **body, colour="red")).status_code == 422
    wide = await network.get(f"/requests/{await network.request_mentorship(requester, 'europe')}")
    assert wide["to_country"] is None


async def test_a_request_without_languages_is_in_those_of_the_member(network: Network) -> None:
    await network.open_desk()
    requester = await network.add_member(language="ru", languages=("kk",))

    whole = await network.get(f"/requests/{await network.request_mentorship(requester, languages=[])}")

    assert whole["languages"] == ["kk", "ru"]


async def test_a_desks_list_comes_in_pages_without_question(network: Network) -> None:
    await network.open_desk("russia")
    await network.open_desk(RUHR)
    requester = await network.add_member()
    mine = [
        str(await network.request_mentorship(requester, region))
        for region in (URALS, "russia", URALS, "russia", URALS)
    ]
    await network.request_mentorship(requester, RUHR)
    await network.post(f"/requests/{mine[2]}/end", member=requester)

    listed, cursor = [], None
    while True:
        page = await network.get(
            "/requests", region="russia", state="requested", limit=2, **({"cursor": cursor} if cursor else {})
        )
        listed += page["items"]
        if (cursor := page["next"]) is None:
            break

    assert [one["request"] for one in listed] == mine[:2] + mine[3:]
    assert "question" not in listed[0]
    assert [one["request"] for one in (await network.get("/requests", state="ended"))["items"]] == [mine[2]]
    assert (await network.http.get("/requests", params={"cursor": "WzVd"})).status_code == 404


async def test_the_same_question_with_its_key_is_asked_once(network: Network, matching: Running) -> None:
    await network.open_desk()
    body = {"member": str(await network.add_member()), "region": URALS, "question": QUESTION}
    first = await network.http.post("/requests", json=body, headers={"Idempotency-Key": "k1"})
    again = await network.http.post("/requests", json=body, headers={"Idempotency-Key": "k1"})

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["Location"] == f"/requests/{first.json()['request']}"
    assert len(await read_outbox(matching.pool, MENTORSHIP.name)) == 1
    [kept] = await matching.pool.fetch("SELECT * FROM kept_answer")
    assert QUESTION not in str(dict(kept))

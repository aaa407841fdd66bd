"""Desks, lists and candidates: requests find the desk that answers, and desks find their requests."""

from uuid import uuid4

from shared.contracts.catalogue import MENTORSHIP, PROFILE
from shared.testing.services import Running, read_outbox
from tests.matching.network import RUHR, URALS, Network, code, message, profile


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


async def test_words_outside_the_vocabulary_and_an_unknown_country_are_refused(network: Network) -> None:
    await network.desk("europe")
    requester, nowhere = await network.member(), await network.member(residence=None)
    body = {"member": requester, "region": "europe", "question": "?"}

    assert code(await network.post("/requests", **body, themes=["alchemy"])) == (409, "theme-unknown")
    assert code(await network.post("/requests", **body, languages=["xx"])) == (409, "language-unknown")
    assert code(await network.post("/requests", **body | {"member": nowhere})) == (409, "country-unknown")
    assert code(await network.post("/requests", **body | {"region": "atlantis"})) == (404, "region-unknown")
    assert code(await network.post("/requests", **body | {"member": uuid4()})) == (404, "member-unknown")
    assert (await network.post("/requests", **body, colour="red")).status_code == 422
    wide = await network.get(f"/requests/{await network.ask(requester, 'europe')}")
    assert wide["to_country"] is None


async def test_a_request_without_languages_is_in_those_of_the_member(network: Network) -> None:
    await network.desk()
    requester = await network.member(language="ru", languages=("kk",))

    whole = await network.get(f"/requests/{await network.ask(requester, languages=[])}")

    assert whole["languages"] == ["kk", "ru"]


async def test_a_desks_list_comes_in_pages_without_question(network: Network) -> None:
    await network.desk("russia")
    await network.desk(RUHR)
    requester = await network.member()
    mine = [str(await network.ask(requester, region)) for region in (URALS, "russia", URALS, "russia", URALS)]
    await network.ask(requester, RUHR)
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


async def test_candidates_come_ranked_in_pages_and_excluded_ones_are_counted(network: Network) -> None:
    await network.desk("russia")
    requester = await network.member(advises=True)
    best = await network.member(themes=("trade",))
    for told in ({"language": "fr"}, {"regions": ("africa",)}, {"advises": False}, {"advises": False}):
        await network.member(**told)
    full = await network.member()
    await network.put(f"/advisers/{full}", capacity=0)
    others = [await network.member(regions=regions) for regions in (("russia",), ("europe",), (URALS,))]
    request = await network.ask(requester, URALS)
    path = f"/requests/{request}/candidates"

    whole = await network.get(path)
    assert whole["items"][0]["adviser"] == str(best)
    assert {one["adviser"] for one in whole["items"]} == {str(one) for one in (best, *others)}
    assert whole["excluded"] == {
        "not-an-adviser": 3,
        "the-requester": 1,
        "region-not-known": 1,
        "no-common-language": 1,
        "no-capacity-left": 1,
    }
    first = await network.get(path, limit=3)
    rest = await network.get(path, limit=3, cursor=first["next"])
    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None


async def test_a_newer_profile_counts_and_an_older_one_that_comes_late_does_not(network: Network) -> None:
    one = profile(advises=False)
    newest = one.model_copy(update={"advises": True, "regions": ("europe",)})
    await network.hear(PROFILE, [message(one.member, 3, newest), message(one.member, 2, one)])
    await network.hear(PROFILE, [message(one.member, 1, one)])
    assert (await network.get("/figures"))["advisers"] == 1

    await network.hear(PROFILE, [message(one.member, 4, one)])
    assert (await network.get("/figures"))["advisers"] == 0


async def test_the_balance_comes_in_pages_of_pairs(network: Network) -> None:
    for region in ("russia", "germany", "europe"):
        await network.desk(region)
    for residence in ("FR", "KZ", "DE", "RU", "RU"):
        requester = await network.member(residence=residence)
        for region in ("russia", "germany", "europe"):
            await network.ask(requester, region)

    pairs, cursor = [], None
    while True:
        page = await network.get("/balance", limit=2, **({"cursor": cursor} if cursor else {}))
        pairs += page["items"]
        if (cursor := page["next"]) is None:
            break

    counts = [
        (p["there"]["from_country"], p["back"]["from_country"], p["there"]["requests"], p["back"]["requests"])
        for p in pairs
    ]
    assert counts == [
        ("DE", "FR", 0, 1),
        ("DE", "KZ", 0, 1),
        ("DE", "RU", 1, 2),
        ("FR", "RU", 1, 0),
        ("KZ", "RU", 1, 0),
    ]


async def test_places_are_whole_numbers_from_0_to_20(network: Network) -> None:
    path = f"/advisers/{await network.member()}"

    assert (await network.put(path, capacity=20.0)).json()["capacity"] == 20
    for hostile in (-1, 21, 1.5, "8", True, None, 10**30):
        assert (await network.put(path, capacity=hostile)).status_code == 422
    assert code(await network.put(f"/advisers/{uuid4()}", capacity=1)) == (404, "member-unknown")

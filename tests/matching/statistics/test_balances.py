"""The balance between countries, by pairs of them."""

from tests.matching.network import Network


async def test_the_balance_comes_in_pages_of_pairs(network: Network) -> None:
    for region in ("russia", "germany", "europe"):
        await network.open_desk(region)
    for residence in ("FR", "KZ", "DE", "RU", "RU"):
        requester = await network.add_member(residence=residence)
        for region in ("russia", "germany", "europe"):
            await network.request_mentorship(requester, region)

    assert (await network.get("/balance"))["items"] == []
    await network.release_requests()
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


async def test_the_balance_moves_with_a_release_and_not_with_a_persons_act(network: Network) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    requester = await network.add_member(residence="DE")
    request = await network.request_mentorship(requester)
    await network.release_requests()
    await network.accept_proposal(await network.propose_adviser(request, contact, adviser), adviser)
    await network.post(f"/requests/{request}/agreement", by=requester)

    assert await read_there(network) == (1, 0)
    await network.release_requests()
    assert await read_there(network) == (1, 1)


async def read_there(network: Network) -> tuple[int, int]:
    """How many asked and agreed, of the only pair of countries."""
    [pair] = (await network.get("/balance"))["items"]
    return pair["there"]["requests"], pair["there"]["agreed"]

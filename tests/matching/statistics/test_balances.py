"""The balance between countries, by pairs of them."""

from tests.matching.network import Network


async def test_the_balance_comes_in_pages_of_pairs(network: Network) -> None:
    for region in ("russia", "germany", "europe"):
        await network.open_desk(region)
    for residence in ("FR", "KZ", "DE", "RU", "RU"):
        requester = await network.add_member(residence=residence)
        for region in ("russia", "germany", "europe"):
            await network.request_mentorship(requester, region)

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

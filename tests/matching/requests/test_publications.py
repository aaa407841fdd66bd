"""What the world hears of requests: together once a day, in an order and by ids that tell nobody whose they are."""

from shared.contracts.catalogue import REQUEST
from shared.postgres.pool import transaction
from shared.runtime import attempts
from shared.testing.services import Running, read_outbox
from tests.matching.network import Network

# Of thirty, who guesses finds one on average; eight or more once in a hundred thousand times.
CHANCE = 7


async def test_neither_ids_nor_order_tell_which_request_was_made_first(
    network: Network, matching: Running
) -> None:
    await network.open_desk()
    asked = [await network.request_mentorship(await network.add_member()) for _ in range(30)]
    assert await network.release_requests() == 30

    rows = await matching.pool.fetch(
        "SELECT key, message_id FROM outbox WHERE topic = $1 ORDER BY id", REQUEST.name
    )
    known = await matching.pool.fetch("SELECT request, public_id::text FROM request")
    public_ids = {row["request"]: row["public_id"] for row in known}
    in_order = [public_ids[request] for request in asked]
    by_id = [row["key"] for row in sorted(rows, key=lambda row: row["message_id"])]
    for order in ([row["key"] for row in rows], by_id):
        assert sorted(order) == sorted(in_order)
        assert sum(one == other for one, other in zip(order, in_order, strict=True)) <= CHANCE


async def test_of_a_day_the_world_hears_where_a_request_stands_at_its_end(
    network: Network, matching: Running
) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    request = await network.request_mentorship(await network.add_member())
    assert await read_outbox(matching.pool, REQUEST.name) == []
    assert await network.release_requests() == 1
    proposal = await network.propose_adviser(request, contact, adviser)
    await network.post(f"/proposals/{proposal}/refusal", by=adviser, reason="No time.")
    assert await network.release_requests() == 0
    await network.propose_adviser(request, contact, await network.add_member())
    assert await network.release_requests() == 1

    told = [(type, data["state"]) for type, _, data in await read_outbox(matching.pool, REQUEST.name)]
    assert told == [("MentorshipRequested", "requested"), ("AdviserProposed", "proposed")]


async def test_a_request_of_which_the_world_cannot_be_told_holds_no_other_up(
    network: Network, matching: Running
) -> None:
    await network.open_desk()
    requests = [await network.request_mentorship(await network.add_member()) for _ in range(5)]
    await matching.pool.execute("UPDATE request SET from_country = 'nowhere' WHERE request = $1", requests[2])
    broken = await matching.pool.fetchval(
        "SELECT public_id::text FROM request WHERE request = $1", requests[2]
    )

    await network.release_requests()

    assert len(await read_outbox(matching.pool, REQUEST.name)) == 4
    async with transaction(matching.pool) as tx:
        [failed] = await attempts.list_failed(tx)
        assert (failed["worker"], failed["item"], failed["reason"]) == ("releases", broken, "ValidationError")
    await matching.pool.execute("UPDATE request SET from_country = 'DE' WHERE request = $1", requests[2])
    assert await network.release_requests() == 0
    async with transaction(matching.pool) as tx:
        await attempts.retry_failed(tx, "releases", broken)
    assert await network.release_requests() == 1

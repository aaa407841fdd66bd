"""What stands in the services when the load comes: members, offers and requests, all by the HTTP APIs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from shared.testing.access import build_headers
from shared.testing.waiting import eventually
from tests.faults.platform.asked import Asked
from tests.faults.platform.client import Client
from tests.faults.platform.running import Platform
from tests.faults.platform.stories import REGION, join_network, open_network, publish_offer
from tests.load.trials import Endpoint

AT_ONCE = 6
REQUESTS = 100
ARRIVED_SECONDS = 60.0


async def fill_platform(platform: Platform, members: int, offers: int) -> Sequence[Endpoint]:
    """Fill all four, wait until all has arrived everywhere; returns what is asked most of each."""
    async with Client(platform.services, Asked()) as client:
        contact = await open_network(client)
        joined = await _repeat(members, lambda: join_network(client))
        await _repeat(offers, lambda: publish_offer(client))
        await _wait_until_arrived(platform, "matching", "person", members)
        for requester in joined[:REQUESTS]:
            await _request_mentorship(client, requester)
    await _wait_until_arrived(platform, "notifications", "recipient", members)
    paths = [f"/members/{member}" for member in joined]
    return (
        Endpoint("events", "/", ["/", "/?lang=de"]),
        Endpoint("members", "/members/{member}", paths),
        Endpoint("matching", "/requests", [f"/requests?desk={REGION}"], build_headers(member=contact)),
        Endpoint("notifications", "/deliveries", ["/deliveries"]),
    )


async def _repeat(times: int, act: Callable[[], Awaitable[UUID]]) -> list[UUID]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def act_in_turn() -> UUID:
        async with gate:
            return await act()

    return await asyncio.gather(*(act_in_turn() for _ in range(times)))


async def _request_mentorship(client: Client, requester: UUID) -> None:
    asked = {"region": REGION, "themes": [], "question": "Wer kennt Perm?"}
    await client.send("POST", "matching", "/requests", asked, by=requester)


async def _wait_until_arrived(platform: Platform, service: str, table: str, count: int) -> None:
    async def has_arrived() -> bool:
        return int(await platform.pools[service].fetchval(f"SELECT count(*) FROM {table}")) > count

    await eventually(has_arrived, seconds=ARRIVED_SECONDS)

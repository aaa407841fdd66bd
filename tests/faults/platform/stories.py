"""What people do, each for themselves and all at once, through the APIs: join, gather, find advisers, leave."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeAlias
from uuid import UUID

from tests.faults.platform.client import Client
from tests.faults.platform.signed_in import ORGANISATION

REGION = "ru-perm-krai"
SEATS = 3
GUESTS = 6
AT_ONCE = 6
numbers = itertools.count(1)


async def open_network(client: Client) -> UUID:
    """An organisation, and the desk of a region; returns its contact person."""
    await client.send(
        "PUT",
        "members",
        f"/organisations/{ORGANISATION}",
        {"name": "Testhaus", "kind": "foundation", "country": "DE"},
    )
    contact = await join_network(client)
    await client.send("PUT", "matching", f"/desks/{REGION}", {"contacts": [str(contact)], "deputies": []})
    return contact


async def join_network(client: Client, *, advises: bool = False) -> UUID:
    """Someone joins."""
    number = next(numbers)
    email = f"person{number}@example.org"
    client.asked.issued.add(email)
    body = {
        "given_name": f"Vorname{number}",
        "family_name": f"Nachname{number}",
        "email": email,
        "organisation": ORGANISATION,
        "residence": "DE",
        "origin": "RU",
        "languages": ["de", "ru"],
        "regions": [REGION] if advises else [],
        "advises": advises,
    }
    member = UUID((await client.send("POST", "members", "/members", body))["member"])
    client.asked.members[member] = email
    return member


async def hold_gathering(client: Client, contact: UUID, chance: Random) -> None:
    """An offer is published, more people register than it has seats, some withdraw, and it may be cancelled."""
    offer = await publish_offer(client)
    members = await asyncio.gather(*(join_network(client) for _ in range(GUESTS)))
    cancelling = chance.random() < 0.5
    registrations = await asyncio.gather(*(_register(client, offer, member) for member in members))
    for registration in chance.sample(registrations, chance.randrange(3)):
        await client.send("DELETE", "events", f"/registrations/{registration}")
        client.asked.withdrawn.add(registration)
    if cancelling:
        await client.send("POST", "events", f"/offers/{offer}/cancellation", {"reason": "Sturmwarnung"})
        client.asked.cancelled.add(offer)


async def find_adviser(client: Client, contact: UUID, chance: Random) -> None:
    """Someone asks about a region, an adviser is proposed and accepts, and both agree; or the adviser declines."""
    requester, adviser = await asyncio.gather(join_network(client), join_network(client, advises=True))
    asked = {"region": REGION, "themes": [], "question": "Wer kennt Perm?"}
    request = UUID((await client.send("POST", "matching", "/requests", asked, by=requester))["request"])
    path = f"/requests/{request}"
    answer = await client.send("POST", "matching", f"{path}/proposals", {"adviser": str(adviser)}, by=contact)
    proposal = f"/proposals/{answer['proposal']}"
    if chance.random() < 0.3:
        refusal = {"reason": "Keine Zeit"}
        await client.send("POST", "matching", f"{proposal}/refusal", refusal, by=adviser)
        client.asked.mentorships[request] = requester, adviser, "requested"
        return
    await client.send("POST", "matching", f"{proposal}/acceptance", by=adviser)
    await client.send("POST", "matching", f"{path}/agreement", by=requester)
    client.asked.mentorships[request] = requester, adviser, "agreed"


async def leave_network(client: Client, contact: UUID, chance: Random) -> None:
    """Someone joins, registers, and wants to be erased."""
    offer = await publish_offer(client)
    member = await join_network(client)
    await _register(client, offer, member)
    await client.send("DELETE", "members", f"/members/{member}")
    client.asked.erased.add(member)


Story: TypeAlias = Callable[[Client, UUID, Random], Awaitable[None]]
STORIES: tuple[Story, ...] = (hold_gathering, hold_gathering, find_adviser, leave_network)


async def live(client: Client, contact: UUID, chance: Random, over: asyncio.Event) -> None:
    """Several stories at once, one after another, until it is over; those that have begun come to their end."""

    async def live_one(number: int) -> None:
        own = Random(f"{chance.random()} {number}")
        while not over.is_set():
            await own.choice(STORIES)(client, contact, own)

    async with asyncio.TaskGroup() as lives:
        for number in range(AT_ONCE):
            lives.create_task(live_one(number))


async def publish_offer(client: Client) -> UUID:
    """An offer is published."""
    body = {
        "slug": f"treffen-{next(numbers)}",
        "organisation": ORGANISATION,
        "kind": "workshop",
        "title": "Treffen",
        "title_language": "de",
        "mode": "online",
        "timezone": "Europe/Berlin",
        "occurrences": [{"starts": "2090-05-01T10:00", "ends": "2090-05-01T12:00"}],
        "places": SEATS,
    }
    offer = UUID((await client.send("POST", "events", "/offers", body))["offer"])
    await client.send("POST", "events", f"/offers/{offer}/publication")
    client.asked.offers[offer] = SEATS
    return offer


async def _register(client: Client, offer: UUID, member: UUID) -> UUID:
    answer = await client.send("POST", "events", f"/offers/{offer}/registrations", {"member": str(member)})
    registration = UUID(answer["registration"])
    client.asked.registrations[registration] = offer, member
    return registration

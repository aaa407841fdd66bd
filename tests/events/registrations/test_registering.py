"""Registering: never more confirmed than seats, the rest in order, and nobody twice."""

import asyncio
from uuid import UUID, uuid4

from shared.contracts.catalogue import REGISTRATION
from shared.testing.services import Running, read_outbox
from tests.events.samples import CreateMember, CreateOffer, join_members


async def register_member(events: Running, offer: UUID, member: UUID) -> dict[str, object]:
    answer = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    assert answer.status_code == 201, answer.text
    registered: dict[str, object] = answer.json()
    return registered


async def read_counts(events: Running, offer: UUID) -> tuple[int, int]:
    offered = (await events.http.get(f"/offers/{offer}")).json()
    return offered["registered"], offered["waiting"]


async def register_in_vain(events: Running, offer: UUID, member: UUID) -> str:
    answer = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    assert answer.status_code == 409, answer.text
    code: str = answer.json()["type"]
    return code.removeprefix("/problems/")


async def test_two_hundred_clients_at_once_fill_sixty_four_seats_and_wait_in_order(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=64)
    members = await join_members(events.pool, 200)

    statuses = await asyncio.gather(*(register_member(events, offer, member) for member in members))

    confirmed = [status for status in statuses if status["state"] == "registered"]
    positions = sorted(int(str(status["position"])) for status in statuses if status["state"] == "waitlisted")
    assert len(confirmed) == 64
    assert positions == list(range(1, 137))
    assert await read_counts(events, offer) == (64, 136)
    sent = await read_outbox(events.pool, REGISTRATION.name)
    assert [type for type, _, _ in sent] == ["Registered"] * 64 + ["Waitlisted"] * 136
    assert [data["position"] for _, _, data in sent[64:]] == positions


async def test_seats_hold_while_some_register_and_others_leave(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=5)
    first = [await register_member(events, offer, member) for member in await join_members(events.pool, 10)]

    await asyncio.gather(
        *(events.http.delete(f"/registrations/{status['registration']}") for status in first),
        *(register_member(events, offer, member) for member in await join_members(events.pool, 20)),
    )

    assert await read_counts(events, offer) == (5, 15)
    rows = await events.pool.fetch("SELECT state, count(*) FROM registration GROUP BY state")
    assert {row["state"]: row["count"] for row in rows} == {
        "registered": 5,
        "waitlisted": 15,
        "withdrawn": 10,
    }


async def test_one_withdrawal_moves_the_first_one_up_at_once(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    holder, first, second = [
        await register_member(events, offer, m) for m in await join_members(events.pool, 3)
    ]

    answer = await events.http.delete(f"/registrations/{holder['registration']}")

    assert answer.json() == holder | {"state": "withdrawn", "position": None}
    moved = (await events.http.get(f"/registrations/{first['registration']}")).json()
    assert (moved["state"], moved["position"]) == ("registered", None)
    waits = (await events.http.get(f"/registrations/{second['registration']}")).json()
    assert (waits["state"], waits["position"]) == ("waitlisted", 1)
    sent = await read_outbox(events.pool, REGISTRATION.name)
    assert [(type, key) for type, key, _ in sent[3:]] == [
        ("Withdrawn", holder["registration"]),
        ("Registered", first["registration"]),
    ]
    assert sent[-1][2]["moved_up"] is True


async def test_a_repeated_withdrawal_frees_one_seat_only(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(places=1)
    statuses = [await register_member(events, offer, m) for m in await join_members(events.pool, 4)]

    await asyncio.gather(
        *(events.http.delete(f"/registrations/{statuses[0]['registration']}") for _ in range(5))
    )

    assert await read_counts(events, offer) == (1, 2)


async def test_a_full_offer_can_be_left_after_registration_closed(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    holder, waits = [await register_member(events, offer, m) for m in await join_members(events.pool, 2)]
    await events.pool.execute("UPDATE offer SET registration_closes = now()")

    assert (await events.http.delete(f"/registrations/{holder['registration']}")).status_code == 200
    assert (await events.http.get(f"/registrations/{waits['registration']}")).json()["state"] == "registered"


async def test_nobody_moves_up_in_an_offer_that_is_cancelled(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    holder, waits = [await register_member(events, offer, m) for m in await join_members(events.pool, 2)]
    await events.http.post(f"/offers/{offer}/cancellation", json={"reason": "Zu wenige Zusagen."})

    assert (await events.http.delete(f"/registrations/{holder['registration']}")).status_code == 200
    assert (await events.http.get(f"/registrations/{waits['registration']}")).json()["state"] == "waitlisted"


async def test_a_member_has_one_active_registration(
    events: Running, create_offer: CreateOffer, create_member: CreateMember
) -> None:
    offer, someone = await create_offer(), await create_member()
    status = await register_member(events, offer, someone)

    again = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(someone)})

    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-registered")
    assert again.json()["registration"] == status["registration"]


async def test_who_comes_back_goes_to_the_end(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(places=1)
    _, waits, comes_back = await join_members(events.pool, 3)
    holder = await register_member(events, offer, comes_back)
    await register_member(events, offer, waits)
    await events.http.delete(f"/registrations/{holder['registration']}")

    again = await register_member(events, offer, comes_back)

    assert (again["state"], again["position"]) == ("waitlisted", 1)
    assert again["registration"] != holder["registration"]


async def test_the_same_command_with_its_key_gets_the_same_answer(
    events: Running, create_offer: CreateOffer, create_member: CreateMember
) -> None:
    offer, body = await create_offer(), {"member": str(await create_member())}
    path, headers = f"/offers/{offer}/registrations", {"Idempotency-Key": "r1"}

    first = await events.http.post(path, json=body, headers=headers)
    spelled = path.replace(str(offer), str(offer).upper()), {"member": body["member"].upper()}
    again = await events.http.post(spelled[0], json=spelled[1], headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await read_counts(events, offer) == (1, 0)


CLOSED = [
    ("state = 'draft'", "offer-draft"),
    ("state = 'cancelled'", "offer-cancelled"),
    ("state = 'completed'", "offer-past"),
    ("starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'", "offer-past"),
    ("registration_closes = now()", "registration-closed"),
    ("places = 1, registered = 1, waiting_list = false", "offer-full"),
]


async def test_a_closed_offer_refuses_and_says_why(
    events: Running, create_offer: CreateOffer, create_member: CreateMember
) -> None:
    someone = await create_member()
    for change, code in CLOSED:
        offer = await create_offer()
        await events.pool.execute(f"UPDATE offer SET {change} WHERE offer = $1", offer)
        assert await register_in_vain(events, offer, someone) == code
    assert await read_outbox(events.pool, REGISTRATION.name) == []


async def test_only_members_can_register(events: Running, create_offer: CreateOffer) -> None:
    assert await register_in_vain(events, await create_offer(), uuid4()) == "member-unknown"


async def test_unknown_offers_and_registrations_are_not_found(
    events: Running, create_member: CreateMember
) -> None:
    body = {"member": str(await create_member())}

    assert (await events.http.post(f"/offers/{uuid4()}/registrations", json=body)).status_code == 404
    assert (await events.http.delete(f"/registrations/{uuid4()}")).status_code == 404
    assert (await events.http.get(f"/registrations/{uuid4()}")).status_code == 404


async def test_an_offer_without_limit_takes_everybody(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(places=None)

    statuses = [await register_member(events, offer, m) for m in await join_members(events.pool, 3)]

    assert {status["state"] for status in statuses} == {"registered"}


async def test_registrations_are_listed_in_pages_with_their_members(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=2)
    members = await join_members(events.pool, 5)
    registered = [await register_member(events, offer, member) for member in members]

    listed, cursor = [], ""
    while cursor is not None:
        page = await events.http.get(f"/offers/{offer}/registrations?limit=2{cursor}")
        listed += page.json()["items"]
        cursor = page.json()["next"] and f"&cursor={page.json()['next']}"

    assert [{**each, "note": ""} for each in registered] == listed
    assert [each["member"] for each in listed] == [str(member) for member in members]

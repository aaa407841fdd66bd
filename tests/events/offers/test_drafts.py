"""Drafts, publication and cancellation: what is accepted, and what others see of it."""

from typing import Any
from uuid import uuid4

from shared.contracts.catalogue import OFFER
from shared.testing.services import Running, read_outbox
from tests.events.samples import COLLOQUIUM, CreateOffer


async def test_a_draft_is_private_until_it_is_published(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(published=False)

    assert await read_outbox(events.pool) == []
    assert (await events.http.get("/offers")).json()["items"] == []
    await events.http.put(f"/offers/{offer}/places", json={"places": 70})
    assert await read_outbox(events.pool) == []


async def test_publication_sends_one_message_with_all_that_is_public(events: Running) -> None:
    drafted = (await events.http.post("/offers", json=COLLOQUIUM)).json()

    for _ in range(2):
        answer = await events.http.post(f"/offers/{drafted['offer']}/publication")
        assert (answer.status_code, answer.json()["state"]) == (200, "published")

    [(type, key, published)] = await read_outbox(events.pool, OFFER.name)
    assert (type, key) == ("EventScheduled", drafted["offer"])
    occurrences = [{"starts": "2099-12-11T14:00:00", "ends": "2099-12-12T16:00:00"}]
    assert published == COLLOQUIUM | {
        "offer": drafted["offer"],
        "occurrences": occurrences,
        "state": "published",
        "registered": 0,
        "waiting": 0,
    }


async def test_cancellation_sends_one_message_and_the_first_reason_stays(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer()

    for reason in ("Zu wenige Zusagen.", "Ein anderer Grund."):
        answer = await events.http.post(f"/offers/{offer}/cancellation", json={"reason": reason})
        assert (answer.status_code, answer.json()["cancel_reason"]) == (200, "Zu wenige Zusagen.")

    sent = await read_outbox(events.pool, OFFER.name)
    assert [type for type, _, _ in sent] == ["EventScheduled", "EventCancelled"]
    assert sent[-1][2]["state"] == "cancelled"


async def test_a_draft_can_not_be_cancelled_nor_a_cancelled_offer_published(
    events: Running, create_offer: CreateOffer
) -> None:
    draft, cancelled = await create_offer(published=False), await create_offer()
    reason = {"reason": "Zu wenige Zusagen."}
    await events.http.post(f"/offers/{cancelled}/cancellation", json=reason)

    first = await events.http.post(f"/offers/{draft}/cancellation", json=reason)
    second = await events.http.post(f"/offers/{cancelled}/publication")

    assert (first.status_code, first.json()["type"]) == (409, "/problems/offer-draft")
    assert (second.status_code, second.json()["type"]) == (409, "/problems/offer-cancelled")


async def test_what_is_over_can_not_be_published(events: Running, create_offer: CreateOffer) -> None:
    past = [{"starts": "2020-01-10T18:00", "ends": "2020-01-10T20:00"}]
    offer = await create_offer(published=False, occurrences=past)

    answer = await events.http.post(f"/offers/{offer}/publication")

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/offer-past")


async def test_the_same_command_with_its_key_makes_one_draft(events: Running) -> None:
    headers = {"Idempotency-Key": "d1"}

    first = await events.http.post("/offers", json=COLLOQUIUM, headers=headers)
    again = await events.http.post("/offers", json=COLLOQUIUM, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/offers/{first.json()['offer']}"


async def test_local_times_are_kept_with_their_zone(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(
        timezone="Asia/Almaty",
        occurrences=[
            {"starts": "2098-02-03T18:00", "ends": "2098-02-03T20:00"},
            {"starts": "2098-01-06T18:00", "ends": "2098-01-06T20:00"},
        ],
        registration_closes="2098-01-01T00:00",
    )

    read = (await events.http.get(f"/offers/{offer}")).json()

    assert [o["starts"] for o in read["occurrences"]] == ["2098-01-06T18:00:00", "2098-02-03T18:00:00"]
    assert (read["starts_at"], read["ends_at"]) == ("2098-01-06T13:00:00Z", "2098-02-03T15:00:00Z")
    assert read["registration_closes"] == "2097-12-31T19:00:00Z"
    assert read["months"] == ["2098-01", "2098-02"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"occurrences": [{"starts": "2097-03-31T02:30", "ends": "2097-03-31T05:00"}]},
        "local-time-nonexistent",
    ),
    (
        {"occurrences": [{"starts": "2098-02-30T10:00", "ends": "2098-03-01T05:00"}]},
        "local-time-nonexistent",
    ),
    ({"registration_closes": "2098-02-30T10:00"}, "local-time-nonexistent"),
    (
        {"occurrences": [{"starts": "2098-02-03T10:00", "ends": "2098-02-03T10:00"}]},
        "occurrence-ends-too-early",
    ),
    (
        {"occurrences": [{"starts": "2097-02-03T10:00", "ends": "2099-02-03T10:00"}]},
        "occurrence-too-long",
    ),
    ({"organisation": "giz"}, "organisation-unknown"),
    ({"co_hosts": ["niemand"]}, "organisation-unknown"),
]


async def test_what_no_rule_allows_is_refused(events: Running) -> None:
    for changes, code in REFUSED:
        answer = await events.http.post("/offers", json=COLLOQUIUM | changes)
        assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{code}"), changes


UNFIT: list[dict[str, Any]] = [
    {"slug": "Kein Slug"},
    {"kind": "party"},
    {"themes": ["unknown"]},
    {"country": "QQ"},
    {"languages": ["qq"]},
    {"title_language": "de-DE"},
    {"timezone": "Europe/Bonn"},
    {"timezone": "localtime"},
    {"mode": "somewhere"},
    {"title": "x" * 201},
    {"title": "zwei\nZeilen"},
    {"title": "NUL\0"},
    {"places": 0},
    {"places": 10**12},
    {"places": "many"},
    {"places": "8"},
    {"places": True},
    {"places": 8.5},
    {"waiting_list": "yes"},
    {"occurrences": []},
    {"occurrences": [{"starts": "2099-12-11T14:00", "ends": "2099-12-12T16:00"}] * 201},
    {"occurrences": [{"starts": "2099-12-11T14:00+01:00", "ends": "2099-12-12T16:00+01:00"}]},
    {"occurrences": [{"starts": "11.12.2099 14:00", "ends": "12.12.2099 16:00"}]},
    {"registration_closes": "tomorrow"},
    *({"title": sign} for sign in ("\u200b", "\u2060\xad", "\u2800", "\u3164 ", "\ufeff", "\U000e0061")),
    {"title": "Coll\u202eoquium"},
    {"member": str(uuid4())},
]


async def test_what_does_not_fit_the_schema_is_refused(events: Running) -> None:
    for changes in UNFIT:
        answer = await events.http.post("/offers", json=COLLOQUIUM | changes)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid"), changes
    assert await events.pool.fetchval("SELECT count(*) FROM offer") == 0


async def test_controls_that_came_along_with_a_pasted_summary_are_not_kept(events: Running) -> None:
    pasted = COLLOQUIUM | {"summary": "\x01Bring\x0byour \x1bpapers.\r\nAll of them."}
    drafted = await events.http.post("/offers", json=pasted)

    stored = (await events.http.get(f"/offers/{drafted.json()['offer']}")).json()
    assert stored["summary"] == "Bring\nyour papers.\nAll of them."


async def test_a_whole_number_may_be_written_with_a_point(events: Running) -> None:
    drafted = await events.http.post("/offers", json=COLLOQUIUM | {"places": 64.0})

    assert (await events.http.get(f"/offers/{drafted.json()['offer']}")).json()["places"] == 64


async def test_a_slug_that_is_taken_is_refused(events: Running) -> None:
    await events.http.post("/offers", json=COLLOQUIUM)

    answer = await events.http.post("/offers", json=COLLOQUIUM)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/slug-taken")

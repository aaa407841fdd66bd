"""The page where an offer is planned: dates in rows, without a script; what is wrong comes again as it was typed."""

from typing import Any

import httpx

from shared.testing.services import Running, read_outbox
from tests.events.pages import read, send
from tests.shared.web.page_reader import find_errors, find_key

PATH = "/organisations/daad/offers/new"
TYPED: dict[str, Any] = {
    "title": "Sommerfest der Alumni",
    "title_language": "de",
    "slug": "sommerfest",
    "kind": "stammtisch",
    "mode": "onsite",
    "country": "AT",
    "city": "Wien",
    "timezone": "Europe/Vienna",
    "starts_1": "2099-07-03T18:00",
    "ends_1": "2099-07-03T23:00",
    "starts_2": "2099-07-04T10:00",
    "ends_2": "2099-07-04T12:00",
    "starts_3": "",
    "ends_3": "",
    "registration_closes": "2099-06-30T12:00",
    "places": "40",
    "languages": ["de", "en"],
    "themes": ["culture"],
    "co_hosts": ["auswaertiges-amt"],
}


async def test_a_coordinator_plans_an_offer_with_all_that_it_has(events: Running) -> None:
    coordinator = await events.as_coordinator("daad")
    key = find_key(await read(coordinator, PATH))

    for _ in range(2):
        await send(coordinator, PATH, _key=key, waiting_list="1", **TYPED)

    [row] = await events.pool.fetch("SELECT * FROM offer")
    assert (row["organisation"], row["co_hosts"], row["state"]) == ("daad", ["auswaertiges-amt"], "draft")
    assert [each["starts"] for each in row["occurrences"]] == ["2099-07-03T18:00", "2099-07-04T10:00"]
    assert (row["places"], row["waiting_list"], row["languages"]) == (40, True, ["de", "en"])
    assert row["registration_closes"].isoformat() == "2099-06-30T10:00:00+00:00"
    assert "Sommerfest der Alumni" in await read(coordinator, f"/organisations/daad/offers/{row['offer']}")
    assert await read_outbox(events.pool) == []


async def test_one_more_date_keeps_all_that_was_typed(events: Running) -> None:
    coordinator = await events.as_coordinator("daad")

    page = await send(coordinator, PATH, 200, more="1", **TYPED)

    assert 'name="starts_4"' in page
    assert 'value="Sommerfest der Alumni"' in page
    assert 'value="2099-07-04T12:00"' in page
    assert find_errors(page) == {}


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(events: Running) -> None:
    coordinator = await events.as_coordinator("daad")
    wrong = TYPED | {
        "places": "many",
        "title": "",
        "starts_1": "",
        "starts_2": "",
        "ends_1": "",
        "ends_2": "",
    }

    missing = await send(coordinator, PATH, 422, **wrong)
    skipped = await send(coordinator, PATH, 409, **TYPED | {"starts_1": "2099-03-29T02:30"})

    assert {"title", "places"} <= set(find_errors(missing))
    assert 'id="e-starts_1"' in missing
    assert "doesn’t exist in this time zone" in skipped.replace("&#39;", "’").replace("'", "’")
    assert await events.pool.fetchval("SELECT count(*) FROM offer") == 0


async def test_nobody_plans_for_an_organisation_that_is_not_theirs(events: Running) -> None:
    foreign: httpx.AsyncClient = await events.as_coordinator("auswaertiges-amt")

    await read(foreign, PATH, 404)
    await send(foreign, PATH, 404, **TYPED)

    assert await events.pool.fetchval("SELECT count(*) FROM offer") == 0

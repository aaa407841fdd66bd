"""The feeds: the overview's filters as calendar, Atom, table and linked data."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from shared.testing.services import Running
from tests.events.feeds.feed_reader import (
    ATOM,
    FORMATS,
    read_calendar,
    read_calendar_name,
    read_items,
    read_table,
    read_titles,
)
from tests.events.sample_year import PUBLIC_URL, YEAR, cancel_offer
from tests.events.samples import CreateOffer

WEST, ASIA, SERIES, WIEN = YEAR


async def read_feed(events: Running, address: str) -> bytes:
    answer = await events.http.get(address)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", [WEST, ASIA, SERIES, WIEN]),
        ("organisation=daad", [WEST, SERIES]),
        ("region=europe&language=de", [WIEN]),
        ("month=2098-05", [SERIES]),
        ("theme=diplomacy&mode=hybrid", [ASIA]),
        ("q=tirana", [WEST]),
        ("places_left=1", [WEST, ASIA, SERIES]),
        ("country=FR", []),
    ],
)
async def test_each_form_follows_the_filters(
    year: Running, format: str, query: str, left: Sequence[str]
) -> None:
    assert read_titles(format, await read_feed(year, f"/offers.{format}?{query}")) == set(left)


async def test_the_calendar_has_an_entry_for_each_sitting_in_utc(year: Running) -> None:
    content = await read_feed(year, "/offers.ics?mode=online")

    series = read_calendar(content)
    assert [entry.start for entry in series] == [
        datetime(2098, 3, 20, 17, tzinfo=UTC),
        datetime(2098, 5, 20, 16, tzinfo=UTC),
        datetime(2098, 6, 20, 16, tzinfo=UTC),
    ]
    assert [str(entry["SUMMARY"]) for entry in series] == [f"{SERIES} ({number}/3)" for number in (1, 2, 3)]
    assert len({str(entry["UID"]) for entry in series}) == 3
    assert b"BEGIN:VTIMEZONE" not in content


async def test_a_changed_entry_keeps_its_uid_and_its_sequence_rises(living_year: Running) -> None:
    [before] = read_calendar(await read_feed(living_year, "/offers.ics?country=AL"))
    await cancel_offer(living_year, "westbalkan")
    [after] = read_calendar(await read_feed(living_year, "/offers.ics?country=AL"))

    assert before["UID"] == after["UID"]
    assert before.sequence < after.sequence
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")


async def test_a_calendar_stays_the_same_where_only_counts_change(living_year: Running) -> None:
    address = "/offers.ics?country=AL"
    before = await living_year.http.get(address)
    offer = await living_year.pool.fetchval("SELECT offer FROM offer WHERE slug = 'westbalkan'")
    (await living_year.http.put(f"/offers/{offer}/places", json={"places": 41})).raise_for_status()

    assert await read_feed(living_year, address) == before.content
    again = await living_year.http.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 304


async def test_one_offer_has_a_calendar_of_its_own(year: Running) -> None:
    answer = await year.http.get("/events/unternehmergespraeche.ics")

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert len(read_calendar(answer.content)) == 3
    assert (await year.http.get("/events/nothing.ics")).status_code == 404


async def test_the_calendar_keeps_for_a_while_what_is_over(living_year: Running) -> None:
    await living_year.pool.execute(
        "UPDATE offer SET starts_at = now() - interval '40 days', ends_at = now() - interval '30 days',"
        " state = 'completed' WHERE slug = 'westbalkan'"
    )

    assert WEST in read_titles("ics", await read_feed(living_year, "/offers.ics"))
    assert WEST not in read_titles("json", await read_feed(living_year, "/offers.json"))


async def test_linked_data_is_schema_orgs(living_year: Running) -> None:
    await cancel_offer(living_year, "central-asia")
    found = {item["name"]: item for item in read_items(await read_feed(living_year, "/offers.json"))}
    west, asia, series = found[WEST], found[ASIA], found[SERIES]

    assert json.loads(await read_feed(living_year, "/offers.json"))["@context"] == "https://schema.org"
    assert west["startDate"] == "2098-03-10T14:00:00+01:00"
    assert west["eventStatus"] == "https://schema.org/EventScheduled"
    assert west["location"][0]["address"] == {
        "@type": "PostalAddress",
        "addressLocality": "Tirana",
        "addressCountry": "AL",
    }
    assert [host["identifier"] for host in west["organizer"]] == ["auswaertiges-amt", "daad"]
    assert (west["maximumAttendeeCapacity"], west["remainingAttendeeCapacity"]) == (40, 40)
    assert asia["eventStatus"] == "https://schema.org/EventCancelled"
    assert [place["@type"] for place in asia["location"]] == ["Place", "VirtualLocation"]
    assert len(series["subEvent"]) == 3


async def test_the_table_opens_in_a_spreadsheet_and_no_cell_acts(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(title='=HYPERLINK("http://example.org")', city="+41", venue='@SUM(1) "quoted"; here')
    english, german = await read_feed(events, "/offers.csv"), await read_feed(events, "/offers.csv?lang=de")

    assert english.startswith(b"\xef\xbb\xbf")
    [row] = read_table(english)
    assert row["Title"] == '\'=HYPERLINK("http://example.org")'
    assert row["City"] == "'+41"
    assert row["Begins"] == "2099-12-11 14:00"
    [zeile] = read_table(german, ";")
    assert zeile["Titel"] == row["Title"]
    assert zeile["Sprachen"] == "de, en"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "Offers of all organisations"),
        ("region=europe&region=asia&q=Wien,+Bonn", "Region: Europe, Asia · Search: Wien, Bonn"),
        (
            "kind=summit&month=2098-03&places_left=1&lang=de",
            "Art: Gipfeltreffen · Monat: März 2098 · Plätze frei",
        ),
    ],
)
async def test_a_feed_is_called_what_it_holds(year: Running, query: str, title: str) -> None:
    feed = ElementTree.fromstring(await read_feed(year, f"/offers.atom?{query}"))
    calendar = await read_feed(year, f"/offers.ics?{query}")

    assert feed.findtext(f"{ATOM}title") == f"Alumnibus: {title}"
    assert read_calendar_name(calendar) == f"Alumnibus: {title}"
    assert json.loads(await read_feed(year, f"/offers.json?{query}"))["name"] == f"Alumnibus: {title}"


async def test_the_newsfeed_leads_to_the_pages(year: Running) -> None:
    feed = ElementTree.fromstring(await read_feed(year, "/offers.atom?country=AL"))

    [entry] = feed.iter(f"{ATOM}entry")
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"{PUBLIC_URL}/events/westbalkan"
    assert "Mon, 10 Mar – Tue, 11 Mar 2098, from 14:00 CET · Tirana · 40 places left" in (
        entry.findtext(f"{ATOM}summary") or ""
    )


@pytest.mark.parametrize("format", FORMATS)
async def test_who_has_it_already_gets_nothing_until_something_changes(
    living_year: Running, format: str
) -> None:
    address = f"/offers.{format}?country=AL"
    first = await living_year.http.get(address)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]

    for known in ({"If-None-Match": f'"other", W/{tag}'}, {"If-Modified-Since": date}):
        again = await living_year.http.get(address, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag

    await cancel_offer(living_year, "westbalkan")
    changed = await living_year.http.get(address, headers={"If-None-Match": tag, "If-Modified-Since": date})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


async def test_a_feed_answers_head_without_content(year: Running) -> None:
    answer = await year.http.head("/offers.ics")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"


async def test_no_draft_is_in_any_feed(events: Running, create_offer: CreateOffer) -> None:
    await create_offer(title="Private", published=False)

    for format in FORMATS:
        assert read_titles(format, await read_feed(events, f"/offers.{format}")) == set()

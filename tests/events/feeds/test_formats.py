"""Each form of feed for strict readers: they read what is stored, whatever the texts hold and whenever it is."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.events.feeds.atom import write_offers_atom
from services.events.feeds.csv_table import write_table
from services.events.feeds.feed import FeedRequest, OfferFeed
from services.events.feeds.ics import write_calendar
from services.events.feeds.linked_data import write_linked_data
from services.events.offers import rules
from services.events.offers.offers import StoredOffer
from services.events.offers.query import OfferQuery
from services.events.offers.rows import RowBuilder
from services.events.texts import DOMAIN
from shared.contracts.refusals import Refused
from shared.i18n.dates import get_date_formatter
from shared.i18n.texts import load_texts
from tests.events.feeds.feed_reader import ATOM, read_calendar, read_calendar_name, read_items, read_table
from tests.events.paper_offers import NOW, build_offer

TITLE = "Search: a,b;c\\n"
EVENING = [(datetime.fromisoformat("2027-02-05T18:00"), datetime.fromisoformat("2027-02-05T20:00"))]
CHANGES = [date(2027, 3, 14), date(2027, 3, 28), date(2027, 4, 4), date(2027, 10, 31), date(2027, 11, 7)]
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
NASTY = ["\0", "\x01", "\x0b", "\r\n", "\r", "\x85", "\u2028", "\x7f", "\ufffe", "]]>", "</script>", '"', "\\n", ";,", "\U0001f469\u200d\U0001f52c"]  # fmt: skip # noqa: E501
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=100) | st.lists(
    st.sampled_from([*NASTY, "ä", "漢" * 40, " ", "BEGIN:VEVENT"]), max_size=10
).map("".join)


def build_feed(*offers: StoredOffer, language: str = "en") -> OfferFeed:
    texts = load_texts(language, DOMAIN)
    request = FeedRequest(OfferQuery(), language, "https://alumni.example")
    return OfferFeed(offers, TITLE, request, texts, RowBuilder(texts, {}), NOW)


def read_atom(content: bytes) -> ElementTree.Element:
    entry = ElementTree.fromstring(content).find(f"{ATOM}entry")
    assert entry is not None
    return entry


def normalize_line_ends(text: str) -> str:
    return re.sub("\r\n|[\r\v\f\x85\u2028\u2029]", "\n", text)


def drop_controls(text: str) -> str:
    return re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)


@given(TEXTS, TEXTS)
def test_a_calendar_is_read_as_it_was_written(title: str, summary: str) -> None:
    offer = build_offer(EVENING, "Europe/Vienna", title=title, summary=summary, venue=title)
    content = write_calendar(build_feed(offer))

    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
        line.decode()
    [entry] = read_calendar(content)
    assert read_calendar_name(content) == TITLE
    assert str(entry["SUMMARY"]) == drop_controls(normalize_line_ends(title))
    assert entry["SUMMARY"].params["LANGUAGE"] == "de"
    assert str(entry["DESCRIPTION"]).startswith(drop_controls(normalize_line_ends(summary)))
    assert str(entry["LOCATION"]).endswith("Austria")


@given(TEXTS, TEXTS)
def test_a_newsfeed_is_read_as_it_was_written(title: str, summary: str) -> None:
    entry = read_atom(
        write_offers_atom(build_feed(build_offer(EVENING, "Europe/Vienna", title=title, summary=summary)))
    )

    def is_kept(sign: str) -> bool:
        return sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff")

    def read(text: str) -> str:
        return re.sub("\r\n?", "\n", "".join(filter(is_kept, text)))

    assert (entry.findtext(f"{ATOM}title") or "") == read(title)
    assert (entry.findtext(f"{ATOM}summary") or "").endswith(read(summary))


@given(TEXTS, TEXTS)
def test_linked_data_and_the_table_are_read_as_they_were_written(title: str, summary: str) -> None:
    feed = build_feed(build_offer(EVENING, "Europe/Vienna", title=title, summary=summary))

    [item] = read_items(write_linked_data(feed))
    assert (item["name"], item["description"]) == (title, summary)
    [row] = read_table(write_table(feed))
    assert re.sub("[^a-zä漢]", "", row["Title"]) == re.sub("[^a-zä漢]", "", title)


def place_near_a_change(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


STARTS = st.builds(
    place_near_a_change, st.sampled_from(CHANGES), st.integers(-4, 18).map(lambda quarters: quarters * 15)
)
LASTS = st.sampled_from([15, 60, 90, 360, 24 * 60, 2 * 24 * 60]).map(
    lambda minutes: timedelta(minutes=minutes)
)
SPANS = st.tuples(STARTS, LASTS).map(lambda span: (span[0], span[0] + span[1]))


@settings(max_examples=100)
@given(st.lists(SPANS, min_size=1, max_size=3, unique_by=lambda span: span[0]), st.sampled_from(ZONES))
def test_every_form_means_the_same_moments(spans: Sequence[tuple[datetime, datetime]], zone: str) -> None:
    try:
        feed = build_feed(offer := build_offer(spans, zone))
    except Refused:
        assume(False)
    meant = sorted(
        rules.resolve_span(o.starts.isoformat(), o.ends.isoformat(), zone) for o in offer.occurrences
    )

    assert [(entry.start, entry.end) for entry in read_calendar(write_calendar(feed))] == meant
    [item] = read_items(write_linked_data(feed))
    assert [read_span(event) for event in item.get("subEvent", [item])] == meant
    assert read_span(item) == (offer.starts_at, offer.ends_at)
    table = [
        (in_zone(row["Begins"], zone), in_zone(row["Ends"], zone)) for row in read_table(write_table(feed))
    ]
    assert table == meant
    starts, ends = (moment.astimezone(ZoneInfo(zone)) for moment in meant[0])
    summary = read_atom(write_offers_atom(feed)).findtext(f"{ATOM}summary") or ""
    assert summary.startswith(get_date_formatter("en").format_occurrence(starts, ends))


def read_span(event: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(event["startDate"]), datetime.fromisoformat(event["endDate"])


def in_zone(written: str, zone: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_what_did_not_change_does_not_look_changed() -> None:
    offer = build_offer(EVENING, "Europe/Vienna")
    later = offer.model_copy(
        update={"version": 9, "changed_at": NOW + timedelta(days=1), "public_registered": 5}
    )
    [before], [after] = (read_calendar(write_calendar(build_feed(each))) for each in (offer, later))

    assert before.to_ical() == after.to_ical()
    updated = [
        read_atom(write_offers_atom(build_feed(each))).findtext(f"{ATOM}updated") for each in (offer, later)
    ]
    assert updated[0] == updated[1]

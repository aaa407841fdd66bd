"""Offers as a calendar (RFC 5545): one entry for each occurrence, in UTC."""

import re
from datetime import UTC, timedelta

from icalendar import Calendar, Event, vText

from services.events.feeds.feed import OfferFeed
from services.events.offers.occurrences import LocalOccurrence, list_occurrences
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import LifecycleState

REFRESH = timedelta(hours=1)
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f]")


def write_calendar(feed: OfferFeed) -> bytes:
    """The calendar. An entry keeps its UID for good; SEQUENCE and DTSTAMP are the offer's revision, so that changes are
    taken, and what didn't change stays the same."""
    calendar = Calendar()
    calendar.add("prodid", "-//Alumnibus//Events//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _build_text(feed.title))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH, parameters={"VALUE": "DURATION"})
    for offer in feed.offers:
        for number, occurrence in enumerate(list_occurrences(offer), start=1):
            calendar.add_component(_build_entry(feed, offer, number, occurrence))
    content: bytes = calendar.to_ical()
    return content


def _build_entry(feed: OfferFeed, offer: StoredOffer, number: int, occurrence: LocalOccurrence) -> Event:
    entry, several = Event(), len(offer.occurrences) > 1
    entry.add("uid", f"{offer.offer}-{number}@events.alumnibus")
    entry.add("sequence", offer.revision)
    entry.add("dtstamp", offer.revised_at.astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", occurrence.starts.astimezone(UTC))
    entry.add("dtend", occurrence.ends.astimezone(UTC))
    title = f"{offer.title} ({number}/{len(offer.occurrences)})" if several else offer.title
    entry.add("summary", _build_text(title), parameters={"LANGUAGE": offer.title_language})
    entry.add("status", "CANCELLED" if offer.state is LifecycleState.CANCELLED else "CONFIRMED")
    entry.add("location", _build_text(_name_location(feed, offer)))
    entry.add("description", _build_text(_describe(feed, offer)))
    entry.add("url", feed.page_url(offer))
    entry.add("categories", [feed.name_term("kind", offer.kind)])
    return entry


def _build_text(text: str) -> vText:
    """The text without what no line of a calendar may hold; each end of a line is one, however it was typed."""
    return vText(_CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))


def _name_location(feed: OfferFeed, offer: StoredOffer) -> str:
    country = feed.name_term("country", offer.country) if offer.country else None
    parts = [offer.venue, feed.row_builder.name_location(offer), country]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _describe(feed: OfferFeed, offer: StoredOffer) -> str:
    hosts = ", ".join(feed.row_builder.name_host(host) for host in offer.hosts)
    return "\n\n".join(part for part in (offer.summary, hosts, feed.page_url(offer)) if part)

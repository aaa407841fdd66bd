"""Offers as a calendar (RFC 5545): one entry for each sitting, in UTC."""

from datetime import UTC, timedelta

from icalendar import Calendar, Event

from services.events.feeds.feed import Feed
from services.events.offers.occurrences import Sitting, sittings
from services.events.offers.offers import Listing
from services.events.offers.rules import State

REFRESH = timedelta(hours=1)


def calendar(feed: Feed) -> bytes:
    """The calendar. An entry keeps its UID for good; SEQUENCE is the offer's version, so that changes are taken."""
    made = Calendar()
    made.add("prodid", "-//Alumnibus//Events//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", feed.title)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", REFRESH, parameters={"VALUE": "DURATION"})
    for offer in feed.listings:
        for number, sitting in enumerate(sittings(offer), start=1):
            made.add_component(_entry(feed, offer, number, sitting))
    content: bytes = made.to_ical()
    return content


def _entry(feed: Feed, offer: Listing, number: int, sitting: Sitting) -> Event:
    entry, several = Event(), len(offer.occurrences) > 1
    entry.add("uid", f"{offer.offer}-{number}@events.alumnibus")
    entry.add("sequence", offer.version)
    entry.add("dtstamp", offer.changed_at.astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", sitting.starts.astimezone(UTC))
    entry.add("dtend", sitting.ends.astimezone(UTC))
    title = f"{offer.title} ({number}/{len(offer.occurrences)})" if several else offer.title
    entry.add("summary", title, parameters={"LANGUAGE": offer.title_language})
    entry.add("status", "CANCELLED" if offer.state is State.CANCELLED else "CONFIRMED")
    entry.add("location", _location(feed, offer))
    entry.add("description", _description(feed, offer))
    entry.add("url", feed.page(offer))
    entry.add("categories", [feed.words.term("kind", offer.kind)])
    return entry


def _location(feed: Feed, offer: Listing) -> str:
    country = feed.words.term("country", offer.country) if offer.country else None
    parts = [offer.venue, feed.rows.place(offer), country]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _description(feed: Feed, offer: Listing) -> str:
    hosts = ", ".join(feed.rows.host(host) for host in offer.hosts)
    return "\n\n".join(part for part in (offer.summary, hosts, feed.page(offer)) if part)

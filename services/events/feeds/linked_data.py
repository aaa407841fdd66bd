"""Offers as linked data: a schema.org list of events, in JSON-LD."""

import json
from typing import Any

from services.events.feeds.feed import Feed
from services.events.offers.occurrences import Sitting, sittings
from services.events.offers.offers import Listing
from services.events.offers.rules import State
from shared.contracts.events import Mode

SCHEMA = "https://schema.org"
MODES = {
    Mode.ONSITE: f"{SCHEMA}/OfflineEventAttendanceMode",
    Mode.ONLINE: f"{SCHEMA}/OnlineEventAttendanceMode",
    Mode.HYBRID: f"{SCHEMA}/MixedEventAttendanceMode",
}


def listed(feed: Feed) -> bytes:
    """The list as JSON."""
    content = {
        "@context": SCHEMA,
        "@type": "ItemList",
        "name": feed.title,
        "url": feed.address("/"),
        "numberOfItems": len(feed.listings),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "item": _event(feed, offer)}
            for place, offer in enumerate(feed.listings, start=1)
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _event(feed: Feed, offer: Listing) -> dict[str, Any]:
    dates = sittings(offer)
    several = [{"@type": "Event", "name": offer.title, **_span(date)} for date in dates]
    return {
        "@type": "Event",
        "@id": f"urn:uuid:{offer.offer}",
        "identifier": offer.slug,
        "url": feed.page(offer),
        "name": offer.title,
        "description": offer.summary,
        "startDate": dates[0].starts.isoformat(),
        "endDate": max(date.ends for date in dates).isoformat(),
        "eventStatus": f"{SCHEMA}/Event{'Cancelled' if offer.state is State.CANCELLED else 'Scheduled'}",
        "eventAttendanceMode": MODES[offer.mode],
        "location": _location(feed, offer),
        "organizer": [
            {"@type": "Organization", "identifier": host, "name": feed.rows.host(host)}
            for host in offer.hosts
        ],
        "inLanguage": list(offer.languages),
        "about": [
            {"@type": "Thing", "identifier": t, "name": feed.words.term("theme", t)} for t in offer.themes
        ],
        "additionalType": offer.kind,
        **_places(offer),
        **({"subEvent": several} if len(several) > 1 else {}),
    }


def _span(date: Sitting) -> dict[str, str]:
    return {"startDate": date.starts.isoformat(), "endDate": date.ends.isoformat()}


def _places(offer: Listing) -> dict[str, int]:
    if offer.places is None:
        return {}
    left = offer.places - offer.registered
    return {"maximumAttendeeCapacity": offer.places, "remainingAttendeeCapacity": left}


def _location(feed: Feed, offer: Listing) -> list[dict[str, Any]]:
    address = {"addressLocality": offer.city, "addressCountry": offer.country}
    place: dict[str, Any] = {
        "@type": "Place",
        "name": offer.venue or offer.city or offer.country or "",
        "address": {"@type": "PostalAddress", **{key: value for key, value in address.items() if value}},
    }
    online: dict[str, Any] = {"@type": "VirtualLocation", "url": feed.page(offer)}
    return {Mode.ONSITE: [place], Mode.ONLINE: [online], Mode.HYBRID: [place, online]}[offer.mode]

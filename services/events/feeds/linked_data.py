"""Offers as linked data: a schema.org list of events, in JSON-LD."""

import json
from typing import Any

from services.events.feeds.feed import OfferFeed
from services.events.offers.occurrences import LocalOccurrence, list_occurrences
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import LifecycleState
from shared.contracts.events import Mode

SCHEMA = "https://schema.org"
SCHEDULED, CANCELLED = f"{SCHEMA}/EventScheduled", f"{SCHEMA}/EventCancelled"
MODES = {
    Mode.ONSITE: f"{SCHEMA}/OfflineEventAttendanceMode",
    Mode.ONLINE: f"{SCHEMA}/OnlineEventAttendanceMode",
    Mode.HYBRID: f"{SCHEMA}/MixedEventAttendanceMode",
}


def write_linked_data(feed: OfferFeed) -> bytes:
    """The list as JSON."""
    content = {
        "@context": SCHEMA,
        "@type": "ItemList",
        "name": feed.title,
        "url": feed.list_url("/"),
        "numberOfItems": len(feed.offers),
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": _build_event(feed, offer)}
            for position, offer in enumerate(feed.offers, start=1)
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _build_event(feed: OfferFeed, offer: StoredOffer) -> dict[str, Any]:
    occurrences = list_occurrences(offer)
    several = [
        {"@type": "Event", "name": offer.title, **_build_span(occurrence)} for occurrence in occurrences
    ]
    return {
        "@type": "Event",
        "@id": f"urn:uuid:{offer.offer}",
        "identifier": offer.slug,
        "url": feed.page_url(offer),
        "name": offer.title,
        "description": offer.summary,
        "startDate": occurrences[0].starts.isoformat(),
        "endDate": max(occurrence.ends for occurrence in occurrences).isoformat(),
        "eventStatus": CANCELLED if offer.state is LifecycleState.CANCELLED else SCHEDULED,
        "eventAttendanceMode": MODES[offer.mode],
        "location": _list_locations(feed, offer),
        "organizer": [
            {"@type": "Organization", "identifier": host, "name": feed.row_builder.name_host(host)}
            for host in offer.hosts
        ],
        "inLanguage": list(offer.languages),
        "about": [
            {"@type": "Thing", "identifier": t, "name": feed.name_term("theme", t)} for t in offer.themes
        ],
        "additionalType": offer.kind,
        **_build_capacity(offer),
        **({"subEvent": several} if len(several) > 1 else {}),
    }


def _build_span(occurrence: LocalOccurrence) -> dict[str, str]:
    return {"startDate": occurrence.starts.isoformat(), "endDate": occurrence.ends.isoformat()}


def _build_capacity(offer: StoredOffer) -> dict[str, int]:
    if offer.places is None:
        return {}
    left = offer.places - offer.public_registered
    return {"maximumAttendeeCapacity": offer.places, "remainingAttendeeCapacity": left}


def _list_locations(feed: OfferFeed, offer: StoredOffer) -> list[dict[str, Any]]:
    address = {"addressLocality": offer.city, "addressCountry": offer.country}
    place: dict[str, Any] = {
        "@type": "Place",
        "name": offer.venue or offer.city or offer.country or "",
        "address": {"@type": "PostalAddress", **{key: value for key, value in address.items() if value}},
    }
    online: dict[str, Any] = {"@type": "VirtualLocation", "url": feed.page_url(offer)}
    return {Mode.ONSITE: [place], Mode.ONLINE: [online], Mode.HYBRID: [place, online]}[offer.mode]

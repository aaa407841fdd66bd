"""When and where an offer takes place, as people write it in their language."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from shared.contracts import vocabulary
from shared.contracts.events import Mode, Offer
from shared.i18n.dates import get_date_formatter
from shared.i18n.texts import Domain, load_texts

DOMAIN = Domain(Path(__file__).parents[1])
MOST_LISTED = 5


def format_dates(offer: Offer, language: str, now: datetime) -> str:
    """The occurrences that aren't over, in the offer's zone, the next five of them; if all are over, the last five:
    *Fri, 11 Dec – Sat, 12 Dec 2026, from 14:00 CET*. `now` is aware."""
    texts, dates = load_texts(language, DOMAIN), get_date_formatter(language)
    spans = _list_spans(offer)
    upcoming = [(starts, ends) for starts, ends in spans if ends > now]
    listed = upcoming[:MOST_LISTED] or spans[-MOST_LISTED:]
    written = [dates.format_occurrence(starts, ends) for starts, ends in listed]
    if more := len(upcoming[MOST_LISTED:]):
        # Translators: the end of a list of dates
        written.append(texts.ngettext("and %(num)s more", "and %(num)s more", more))
    return "; ".join(written)


def find_end(offer: Offer) -> datetime:
    """When its last occurrence ends, in UTC."""
    return max(ends for _, ends in _list_spans(offer)).astimezone(UTC)


def _list_spans(offer: Offer) -> Sequence[tuple[datetime, datetime]]:
    """Start and end of each occurrence in the offer's zone, in order."""
    zone = ZoneInfo(offer.timezone)
    return sorted((o.starts.replace(tzinfo=zone), o.ends.replace(tzinfo=zone)) for o in offer.occurrences)


def format_location(offer: Offer, language: str) -> str:
    """Venue, city and country, or that it is online."""
    texts = load_texts(language, DOMAIN)
    country = vocabulary.term_name("country", offer.country, language) if offer.country else None
    place = ", ".join(part for part in (offer.venue, offer.city, country) if part)
    if offer.mode is Mode.ONLINE or not place:
        return texts.gettext("online")
    return texts.gettext("%(place)s, and online", place=place) if offer.mode is Mode.HYBRID else place

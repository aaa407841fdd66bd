"""When and where an offer takes place, as people write it in their language."""

from pathlib import Path
from zoneinfo import ZoneInfo

from shared.contracts import vocabulary
from shared.contracts.events import Mode, Offer
from shared.i18n.dates import get_date_formatter
from shared.i18n.texts import Domain, load_texts

DOMAIN = Domain(Path(__file__).parents[1])
MOST_LISTED = 5


def format_dates(offer: Offer, language: str) -> str:
    """All occurrences in the offer's zone, or the first five: *Fri, 11 Dec – Sat, 12 Dec 2026, from 14:00 CET*."""
    texts, dates, zone = load_texts(language, DOMAIN), get_date_formatter(language), ZoneInfo(offer.timezone)
    listed = [
        dates.format_occurrence(occurrence.starts.replace(tzinfo=zone), occurrence.ends.replace(tzinfo=zone))
        for occurrence in offer.occurrences[:MOST_LISTED]
    ]
    if more := len(offer.occurrences) - len(listed):
        # Translators: the end of a list of dates
        listed.append(texts.ngettext("and %(num)s more", "and %(num)s more", more))
    return "; ".join(listed)


def format_location(offer: Offer, language: str) -> str:
    """Venue, city and country, or that it is online."""
    texts = load_texts(language, DOMAIN)
    country = vocabulary.term_name("country", offer.country, language) if offer.country else None
    place = ", ".join(part for part in (offer.venue, offer.city, country) if part)
    if offer.mode is Mode.ONLINE or not place:
        return texts.gettext("online")
    return texts.gettext("%(place)s, and online", place=place) if offer.mode is Mode.HYBRID else place

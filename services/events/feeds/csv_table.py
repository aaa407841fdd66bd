"""Offers as a table for spreadsheets: a row for each occurrence."""

from datetime import UTC

from services.events.feeds.feed import OfferFeed
from services.events.offers.occurrences import LocalOccurrence, list_occurrences
from services.events.offers.offers import StoredOffer
from shared.web.csv_table import write_csv

COLUMNS = (
    "title", "state", "kind", "organisation", "co_hosts", "starts", "ends", "timezone", "mode", "country", "city",
    "venue", "languages", "themes", "places", "registered", "waiting", "registration_closes", "url",
)  # fmt: skip


def write_table(feed: OfferFeed) -> bytes:
    """The table, its heads in the feed's language."""
    return write_csv(
        [feed.words(f"csv.{column}") for column in COLUMNS],
        (
            _build_row(feed, offer, occurrence)
            for offer in feed.offers
            for occurrence in list_occurrences(offer)
        ),
        language=feed.words.language,
    )


def _build_row(feed: OfferFeed, offer: StoredOffer, occurrence: LocalOccurrence) -> list[str]:
    say, closes = feed.words, offer.registration_closes
    return [
        offer.title,
        say(f"csv.state.{offer.state}"),
        say.term("kind", offer.kind),
        feed.row_builder.name_host(offer.organisation),
        ", ".join(feed.row_builder.name_host(host) for host in offer.co_hosts),
        f"{occurrence.starts:%Y-%m-%d %H:%M}",
        f"{occurrence.ends:%Y-%m-%d %H:%M}",
        offer.timezone,
        say.term("mode", offer.mode),
        say.term("country", offer.country) if offer.country else "",
        offer.city or "",
        offer.venue or "",
        ", ".join(offer.languages),
        ", ".join(say.term("theme", theme) for theme in offer.themes),
        "" if offer.places is None else str(offer.places),
        str(offer.registered),
        str(offer.waiting),
        f"{closes.astimezone(UTC):%Y-%m-%d %H:%M}" if closes else "",
        feed.page_url(offer),
    ]

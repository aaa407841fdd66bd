"""Offers as a table for spreadsheets: a row for each occurrence."""

from datetime import UTC

from services.events.feeds.feed import OfferFeed
from services.events.offers.occurrences import Sitting, sittings
from services.events.offers.offers import Listing
from shared.web.csv_table import write_csv

COLUMNS = (
    "title", "state", "kind", "organisation", "co_hosts", "starts", "ends", "timezone", "mode", "country", "city",
    "venue", "languages", "themes", "places", "registered", "waiting", "registration_closes", "url",
)  # fmt: skip


def table(feed: OfferFeed) -> bytes:
    """The table, its heads in the feed's language."""
    return write_csv(
        [feed.words(f"csv.{column}") for column in COLUMNS],
        (_cells(feed, offer, sitting) for offer in feed.offers for sitting in sittings(offer)),
        language=feed.words.language,
    )


def _cells(feed: OfferFeed, offer: Listing, sitting: Sitting) -> list[str]:
    say, closes = feed.words, offer.registration_closes
    return [
        offer.title,
        say(f"csv.state.{offer.state}"),
        say.term("kind", offer.kind),
        feed.rows.host(offer.organisation),
        ", ".join(feed.rows.host(host) for host in offer.co_hosts),
        f"{sitting.starts:%Y-%m-%d %H:%M}",
        f"{sitting.ends:%Y-%m-%d %H:%M}",
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

"""Offers as a table for spreadsheets: CSV (RFC 4180), a row for each sitting."""

import csv
import io
from datetime import UTC

from services.events.feeds.feed import Feed
from services.events.offers.occurrences import Sitting, sittings
from services.events.offers.offers import Listing

COLUMNS = (
    "title", "state", "kind", "organisation", "co_hosts", "starts", "ends", "timezone", "mode", "country", "city",
    "venue", "languages", "themes", "places", "registered", "waiting", "registration_closes", "url",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SEPARATORS = {"de": ";"}


def table(feed: Feed) -> bytes:
    """UTF-8 with a byte order mark, separated as the language's spreadsheets want it; no cell acts as a formula."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=SEPARATORS.get(feed.words.language, ","))
    writer.writerow([feed.words(f"csv.{column}") for column in COLUMNS])
    for offer in feed.listings:
        for sitting in sittings(offer):
            writer.writerow([defused(cell) for cell in _cells(feed, offer, sitting)])
    return sheet.getvalue().encode("utf-8-sig")


def defused(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _cells(feed: Feed, offer: Listing, sitting: Sitting) -> list[str]:
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
        feed.page(offer),
    ]

"""Offers as a table for spreadsheets: a row for each occurrence."""

from datetime import UTC

from services.events.feeds.feed import OfferFeed
from services.events.offers.occurrences import LocalOccurrence, list_occurrences
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import LifecycleState
from services.events.texts import name_mode
from shared.i18n.texts import Texts
from shared.web.csv_table import write_csv


def write_table(feed: OfferFeed) -> bytes:
    """The table, its heads in the feed's language."""
    return write_csv(
        _name_columns(feed.texts),
        (
            _build_row(feed, offer, occurrence)
            for offer in feed.offers
            for occurrence in list_occurrences(offer)
        ),
        language=feed.request.language,
    )


def _build_row(feed: OfferFeed, offer: StoredOffer, occurrence: LocalOccurrence) -> list[str]:
    closes = offer.registration_closes
    return [
        offer.title,
        _name_state(offer.state, feed.texts),
        feed.name_term("kind", offer.kind),
        feed.row_builder.name_host(offer.organisation),
        ", ".join(feed.row_builder.name_host(host) for host in offer.co_hosts),
        f"{occurrence.starts:%Y-%m-%d %H:%M}",
        f"{occurrence.ends:%Y-%m-%d %H:%M}",
        offer.timezone,
        name_mode(offer.mode, feed.texts),
        feed.name_term("country", offer.country) if offer.country else "",
        offer.city or "",
        offer.venue or "",
        ", ".join(offer.languages),
        ", ".join(feed.name_term("theme", theme) for theme in offer.themes),
        "" if offer.places is None else str(offer.places),
        str(offer.public_registered),
        str(offer.public_waiting),
        f"{closes.astimezone(UTC):%Y-%m-%d %H:%M}" if closes else "",
        feed.page_url(offer),
    ]


def _name_columns(texts: Texts) -> list[str]:
    return [
        texts.gettext("Title"),
        texts.pgettext("column", "State"),
        texts.gettext("Kind"),
        texts.gettext("Organisation"),
        texts.pgettext("column", "With"),
        texts.pgettext("column", "Begins"),
        texts.pgettext("column", "Ends"),
        texts.gettext("Time zone"),
        texts.gettext("Mode"),
        texts.gettext("Country"),
        texts.gettext("City"),
        texts.gettext("Venue"),
        texts.gettext("Languages"),
        texts.gettext("Themes"),
        texts.gettext("Places"),
        texts.pgettext("column", "Registered"),
        texts.pgettext("column", "Waiting"),
        texts.gettext("Registration ends (UTC)"),
        texts.pgettext("column", "Page"),
    ]


def _name_state(state: LifecycleState, texts: Texts) -> str:
    return {
        LifecycleState.PUBLISHED: texts.pgettext("an offer", "published"),
        LifecycleState.CANCELLED: texts.pgettext("an offer", "cancelled"),
        LifecycleState.COMPLETED: texts.pgettext("an offer", "completed"),
    }[state]

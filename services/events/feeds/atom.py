"""Offers as an Atom feed."""

from services.events.feeds.feed import OfferFeed
from services.events.offers.offers import StoredOffer
from shared.i18n.dates import get_date_formatter
from shared.web.atom import AtomEntry, AtomFeed, write_atom


def write_offers_atom(feed: OfferFeed) -> bytes:
    """The feed, with what was published or cancelled last at its top; counts alone make nothing new."""
    newest = sorted(feed.offers, key=lambda offer: offer.revised_at, reverse=True)
    return write_atom(
        AtomFeed(
            title=feed.title,
            language=feed.request.language,
            updated=newest[0].revised_at if newest else feed.changed_at,
            author="Alumnibus",
            url=feed.list_url("/offers.atom"),
            page_url=feed.list_url("/"),
            entries=[_build_entry(feed, offer) for offer in newest],
        )
    )


def _build_entry(feed: OfferFeed, offer: StoredOffer) -> AtomEntry:
    return AtomEntry(
        id=f"urn:uuid:{offer.offer}",
        title=offer.title,
        title_language=offer.title_language,
        updated=offer.revised_at,
        url=feed.page_url(offer),
        category=(offer.kind, feed.name_term("kind", offer.kind)),
        authors=[feed.row_builder.name_host(host) for host in offer.hosts],
        summary=_summarise(feed, offer),
    )


def _summarise(feed: OfferFeed, offer: StoredOffer) -> str:
    row = feed.row_builder.build_row(offer)
    dates = get_date_formatter(feed.request.language)
    when = dates.format_occurrence(row.occurrence.starts, row.occurrence.ends)
    return "\n".join(part for part in (f"{when} · {row.location} · {row.seats.text}", offer.summary) if part)

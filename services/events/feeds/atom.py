"""Offers as an Atom feed."""

from services.events.feeds.feed import OfferFeed
from services.events.offers.occurrences import shown
from services.events.offers.offers import Listing
from shared.web.atom import AtomEntry, AtomFeed, write_atom


def atom(feed: OfferFeed) -> bytes:
    """The feed, with what changed last at its top."""
    newest = sorted(feed.offers, key=lambda offer: offer.changed_at, reverse=True)
    return write_atom(
        AtomFeed(
            title=feed.title,
            language=feed.words.language,
            updated=feed.changed_at,
            author="Alumnibus",
            url=feed.list_url("/offers.atom"),
            page_url=feed.list_url("/"),
            entries=[_entry(feed, offer) for offer in newest],
        )
    )


def _entry(feed: OfferFeed, offer: Listing) -> AtomEntry:
    return AtomEntry(
        id=f"urn:uuid:{offer.offer}",
        title=offer.title,
        title_language=offer.title_language,
        updated=offer.changed_at,
        url=feed.page_url(offer),
        category=(offer.kind, feed.words.term("kind", offer.kind)),
        authors=[feed.rows.host(host) for host in offer.hosts],
        summary=_told(feed, offer),
    )


def _told(feed: OfferFeed, offer: Listing) -> str:
    row, date = feed.rows.row(offer), shown(offer)
    when = f"{feed.dates.days(date.starts, date.ends)}, {feed.dates.times(date.starts, date.ends)}"
    return "\n".join(part for part in (f"{when} · {row.place} · {row.seats.text}", offer.summary) if part)

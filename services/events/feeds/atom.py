"""Offers as an Atom feed (RFC 4287)."""

from datetime import UTC, datetime
from xml.etree import ElementTree

from services.events.feeds.feed import Feed
from services.events.offers.occurrences import shown
from services.events.offers.offers import Listing

NAMESPACE = "http://www.w3.org/2005/Atom"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(feed: Feed) -> bytes:
    """The feed, with what changed last at its top."""
    newest = sorted(feed.listings, key=lambda offer: offer.changed_at, reverse=True)
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE, LANGUAGE: feed.words.language})
    _text(root, "id", feed.address("/offers.atom"))
    _text(root, "title", feed.title)
    _text(root, "updated", _written(feed.changed_at))
    _text(ElementTree.SubElement(root, "author"), "name", "Alumnibus")
    ElementTree.SubElement(root, "link", rel="self", href=feed.address("/offers.atom"))
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=feed.address("/"))
    for offer in newest:
        _entry(root, feed, offer)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _entry(root: ElementTree.Element, feed: Feed, offer: Listing) -> None:
    entry = ElementTree.SubElement(root, "entry")
    _text(entry, "id", f"urn:uuid:{offer.offer}")
    _text(entry, "title", offer.title, lang=offer.title_language)
    _text(entry, "updated", _written(offer.changed_at))
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=feed.page(offer))
    ElementTree.SubElement(entry, "category", term=offer.kind, label=feed.words.term("kind", offer.kind))
    for host in offer.hosts:
        _text(ElementTree.SubElement(entry, "author"), "name", feed.rows.host(host))
    _text(entry, "summary", _told(feed, offer))


def _told(feed: Feed, offer: Listing) -> str:
    row, date = feed.rows.row(offer), shown(offer)
    when = f"{feed.dates.days(date.starts, date.ends)}, {feed.dates.times(date.starts, date.ends)}"
    return "\n".join(part for part in (f"{when} · {row.place} · {row.seats.text}", offer.summary) if part)


def _text(parent: ElementTree.Element, tag: str, text: str, lang: str | None = None) -> None:
    attributes = {LANGUAGE: lang} if lang else {}
    ElementTree.SubElement(parent, tag, attributes).text = "".join(sign for sign in text if _allowed(sign))


def _allowed(sign: str) -> bool:
    """Whether XML 1.0 can hold it."""
    return sign in "\t\n\r" or (
        ord(sign) >= 0x20 and not 0xD800 <= ord(sign) <= 0xDFFF and sign not in "\ufffe\uffff"
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Feeds in Atom (RFC 4287)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """One entry; `id` is a URI that stays the same for good, `category` a term and its label."""

    id: str
    title: str
    title_language: str
    updated: datetime
    url: str
    category: tuple[str, str]
    authors: Sequence[str]
    summary: str


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """A feed; `url` is its own address, `page_url` that of the page that shows the same."""

    title: str
    language: str
    updated: datetime
    author: str
    url: str
    page_url: str
    entries: Sequence[AtomEntry]


def write_atom(feed: AtomFeed) -> bytes:
    """The feed as XML in UTF-8; characters that XML can't hold are left out."""
    root = ElementTree.Element("feed", {"xmlns": _NAMESPACE, _LANGUAGE: feed.language})
    _add_text(root, "id", feed.url)
    _add_text(root, "title", feed.title)
    _add_text(root, "updated", _format_moment(feed.updated))
    _add_text(ElementTree.SubElement(root, "author"), "name", feed.author)
    ElementTree.SubElement(root, "link", rel="self", href=feed.url)
    ElementTree.SubElement(root, "link", rel="alternate", type="text/html", href=feed.page_url)
    for entry in feed.entries:
        _add_entry(root, entry)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_entry(root: ElementTree.Element, entry: AtomEntry) -> None:
    element = ElementTree.SubElement(root, "entry")
    _add_text(element, "id", entry.id)
    _add_text(element, "title", entry.title, language=entry.title_language)
    _add_text(element, "updated", _format_moment(entry.updated))
    ElementTree.SubElement(element, "link", rel="alternate", type="text/html", href=entry.url)
    term, label = map(_drop_unwritable, entry.category)
    ElementTree.SubElement(element, "category", term=term, label=label)
    for author in entry.authors:
        _add_text(ElementTree.SubElement(element, "author"), "name", author)
    _add_text(element, "summary", entry.summary)


def _add_text(parent: ElementTree.Element, tag: str, text: str, language: str | None = None) -> None:
    attributes = {_LANGUAGE: language} if language else {}
    ElementTree.SubElement(parent, tag, attributes).text = _drop_unwritable(text)


def _drop_unwritable(text: str) -> str:
    return "".join(filter(_is_xml_character, text))


def _is_xml_character(sign: str) -> bool:
    """Whether XML 1.0 can hold it."""
    return sign in "\t\n\r" or (
        ord(sign) >= 0x20 and not 0xD800 <= ord(sign) <= 0xDFFF and sign not in "\ufffe\uffff"
    )


def _format_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Atom as any reader of feeds takes it, whatever the texts hold."""

from datetime import UTC, datetime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from shared.web.atom import AtomEntry, AtomFeed, write_atom

ATOM = "{http://www.w3.org/2005/Atom}"
CHANGED_AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def build_feed(text: str) -> AtomFeed:
    entry = AtomEntry(
        id="urn:tea:1",
        title=text,
        title_language="de",
        updated=CHANGED_AT,
        url="https://tea.example/1",
        category=("green", text),
        authors=[text],
        summary=text,
    )
    return AtomFeed(
        title=text,
        language="en",
        updated=CHANGED_AT,
        author="Tea",
        url="https://tea.example/teas.atom",
        page_url="https://tea.example/",
        entries=[entry],
    )


def test_a_reader_finds_what_rfc_4287_demands_of_a_feed_and_of_an_entry() -> None:
    feed = ElementTree.fromstring(write_atom(build_feed("Sencha <3")))

    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated", "author"):
            assert element.find(f"{ATOM}{name}") is not None
    assert feed.findtext(f"{ATOM}updated") == "2026-05-04T12:30:00Z"
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "Sencha <3"
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")] == ["self", "alternate"]


@given(st.text(st.characters(exclude_categories=())))
def test_a_reader_can_read_it_whatever_its_texts_hold(text: str) -> None:
    ElementTree.fromstring(write_atom(build_feed(text)))

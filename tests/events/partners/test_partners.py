"""The pages for partners tell all of each topic that partners read, and nothing of the others."""

from html import unescape

import pytest

from shared.contracts.attributes import list_attributes
from shared.contracts.catalogue import TOPICS, Topic
from shared.contracts.changelog import read_changelog
from shared.contracts.json_schemas import FOR_PARTNERS
from shared.i18n.languages import LANGUAGES
from shared.testing.services import Running
from tests.events.page_reader import read_page
from tests.events.sample_year import PUBLIC_URL

INTERNAL = [topic for topic in TOPICS if topic.audience == "internal"]
HEADINGS = {"en": "Requests for advice", "de": "Anfragen nach Rat"}
MEANINGS = {"en": "where it stands, as of that day", "de": "wie es an jenem Tag steht"}


async def test_each_topic_of_partners_is_listed_and_no_other(year: Running) -> None:
    html = await read_page(year, "/partners")

    for topic in FOR_PARTNERS:
        assert f'href="/partners/topics/{topic.name}"' in html
        assert (await year.http.get(f"/partners/topics/{topic.name}")).status_code == 200
    for topic in INTERNAL:
        assert topic.name not in html


@pytest.mark.parametrize("topic", FOR_PARTNERS, ids=lambda topic: topic.name)
async def test_a_topic_is_told_with_all_its_types_fields_and_headers(year: Running, topic: Topic) -> None:
    html = unescape(await read_page(year, f"/partners/topics/{topic.name}"))

    named = [*topic.types, *topic.model.model_fields, *(one.name for one in list_attributes(topic))]
    assert [name for name in named if f"<code>{name}</code>" not in html] == []
    assert [text for text in (topic.about, *topic.types.values()) if text not in html] == []
    assert f"{PUBLIC_URL}/schemas/{topic.name}.json" in html


async def test_what_a_field_may_hold_is_said_in_words(year: Running) -> None:
    html = await read_page(year, "/partners/topics/events.offer.v1")

    for name, held in {
        "offer": "UUID, always there",
        "places": "whole number, or null",
        "co_hosts": "list: name in small letters",
        "country": "country (ISO 3166-1), or null",
        "occurrences": "list: object, always there",
        "occurrences[].starts": "local time (ISO 8601), always there",
        "registration_closes": "time (RFC 3339), or null",
        "waiting_list": "true or false",
        "title_language": "language (ISO 639-1), always there",
        "state": "one of, always there",
    }.items():
        assert f'<code>{name}</code><span class="fine muted">{held}</span>' in html
    assert "<code>published</code><code>cancelled</code><code>completed</code>" in html


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_topic_speaks_the_readers_language(year: Running, language: str) -> None:
    html = await read_page(year, f"/partners/topics/matching.request.v1?lang={language}")

    assert f"<h1>{HEADINGS[language]}</h1>" in html
    assert MEANINGS[language] in html


@pytest.mark.parametrize("name", [INTERNAL[0].name, "teas", "<script>"])
async def test_where_partners_have_no_topic_the_page_leads_on(year: Running, name: str) -> None:
    answer = await year.http.get(f"/partners/topics/{name}")

    assert answer.status_code == 404
    assert "There is no such topic" in answer.text
    assert 'href="/partners"' in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_changes_for_partners_are_told_in_the_readers_language(
    year: Running, language: str
) -> None:
    html = unescape(await read_page(year, f"/partners/changes?lang={language}"))
    theirs = {topic.name for topic in FOR_PARTNERS}

    for version in read_changelog():
        for change in version.changes:
            assert (change.texts[language] in html) == bool(theirs & set(change.topics))


async def test_the_documents_for_tools_are_where_the_page_says(year: Running) -> None:
    document = (await year.http.get("/schemas/asyncapi.json")).json()

    assert set(document["channels"]) == {topic.name for topic in FOR_PARTNERS}
    assert 'href="/schemas/asyncapi.json"' in await read_page(year, "/partners")

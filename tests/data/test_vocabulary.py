"""The vocabulary knows every country, language, theme, kind and region, however an office writes it."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import vocabulary
from shared.contracts.vocabulary.spelling import spelling_key

NAMES = [
    (name, entry.code)
    for entry in vocabulary.countries().values()
    for name in (*entry.names.values(), *entry.short_forms)
]
HOW_WRITTEN: list[Callable[[str], str]] = [
    str.lower,
    str.upper,
    lambda text: f"  {text}\t",
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("ß", "ss"),
    lambda text: text.replace("-", " "),
    lambda text: text.replace("’", "'"),
]


@given(st.sampled_from(NAMES), st.lists(st.sampled_from(HOW_WRITTEN), max_size=4))
def test_a_country_is_known_by_each_of_its_names_however_written(
    named: tuple[str, str], ways: list[Callable[[str], str]]
) -> None:
    text, code = named
    for way in ways:
        text = way(text)
    assert vocabulary.find_country(text) == code


@given(st.text(max_size=30))
def test_any_text_is_a_known_country_or_none(text: str) -> None:
    code = vocabulary.find_country(text)
    assert code is None or code in vocabulary.countries()


@given(st.text(max_size=30))
def test_a_key_is_its_own_key(text: str) -> None:
    assert spelling_key(spelling_key(text)) == spelling_key(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Großbritannien", "GB"),
        ("GROSSBRITANNIEN", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("Rußland", "RU"),
        ("Russische Föderation", "RU"),
        ("Nordmazedonien", "MK"),
        ("Elfenbeinküste", "CI"),
        ("Elfenbeinkueste", "CI"),
        ("Oesterreich", "AT"),
        ("Türkiye", "TR"),
        ("Казахстан", "KZ"),
        ("Trinidad u. Tobago", "TT"),
        ("die Niederlande", "NL"),
        ("DEU", "DE"),
        ("xk", "XK"),
        ("Nigeria", "NG"),
        ("Niger", "NE"),
        ("Demokratische Republik Kongo", "CD"),
        ("Jugoslawien", None),
        ("Absurdistan", None),
        ("", None),
    ],
)
def test_what_offices_write_for_a_country(text: str, code: str | None) -> None:
    assert vocabulary.find_country(text) == code


def test_all_of_iso_3166_and_kosovo_are_there() -> None:
    assert len(vocabulary.countries()) == 250
    assert len({entry.alpha3 for entry in vocabulary.countries().values()}) == 250
    assert {entry.region for entry in vocabulary.countries().values()} == vocabulary.world_regions()


def test_every_term_is_found_by_its_code_and_its_names() -> None:
    tables = [
        (vocabulary.themes(), vocabulary.find_theme),
        (vocabulary.kinds(), vocabulary.find_kind),
        (vocabulary.regions(), vocabulary.find_region),
    ]
    for terms, find in tables:
        for term in terms.values():
            assert {find(text) for text in (term.code, *term.names.values())} == {term.code}


def test_every_language_is_found_by_its_names() -> None:
    for term in vocabulary.languages().values():
        names = {name for name in term.names.values() if name != "Yi"}  # "yi" is the code of Yiddish
        assert {vocabulary.find_language(text) for text in (term.code, *names)} == {term.code}


def test_names_come_in_the_language_asked_for_or_in_english() -> None:
    assert vocabulary.country_name("MK", "de") == "Nordmazedonien"
    assert vocabulary.country_name("MK", "sq") == "North Macedonia"
    assert vocabulary.theme_name("foundry-industry", "de") == "Gießereiwesen"
    assert vocabulary.kind_name("office-hours", "de") == "Sprechstunde"
    assert vocabulary.region_name("ru-sverdlovsk-oblast", "en") == "Sverdlovsk Oblast"
    with pytest.raises(KeyError):
        vocabulary.country_name("QQ")


@pytest.mark.parametrize(
    ("group", "code", "name"),
    [
        ("country", "MK", "Nordmazedonien"),
        ("language", "en", "Englisch"),
        ("theme", "migration", "Migration"),
        ("kind", "colloquium", "Kolloquium"),
        ("region", "europe", "Europa"),
    ],
)
def test_a_term_that_is_younger_than_the_vocabulary_is_called_by_its_code(
    group: str, code: str, name: str
) -> None:
    assert vocabulary.term_name(group, code, "de") == name
    assert vocabulary.term_name(group, "younger", "de") == "younger"


def test_each_file_carries_its_version() -> None:
    assert set(vocabulary.versions()) == {"countries", "kinds", "languages", "regions", "themes"}
    assert all(vocabulary.versions().values())

"""Texts: in the language, its plural, its way to write numbers; in English where nothing else is there."""

from pathlib import Path

import pytest

from shared.i18n.texts import Domain, Texts, load_texts

RUSSIAN = r"""
msgid ""
msgstr ""
"Language: ru\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"
"""
GERMAN = r"""
msgid ""
msgstr ""
"Language: de\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


class Package:
    """A package with texts of its own."""

    def __init__(self, folder: Path) -> None:
        self.domain = Domain(folder)

    def translate(self, language: str, header: str, messages: str) -> Texts:
        path = self.domain.translation(language)
        path.parent.mkdir(parents=True)
        path.write_text(header + messages, encoding="utf-8")
        return load_texts(language, self.domain)


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path / "events")


def test_a_message_is_said_in_the_language_and_filled_with_values(package: Package) -> None:
    german = package.translate("de", GERMAN, '\nmsgid "with %(hosts)s"\nmsgstr "mit %(hosts)s"\n')

    assert german.gettext("with %(hosts)s", hosts="100 % <DAAD>") == "mit 100 % <DAAD>"
    assert german.language == "de"


def test_a_number_is_written_as_the_language_writes_it(package: Package) -> None:
    german, english = package.translate("de", GERMAN, ""), load_texts("en", package.domain)

    assert [german.format_number(1204), english.format_number(1204)] == ["1.204", "1,204"]
    assert german.gettext("of %(seats)s", seats=1204) == "of 1.204"


@pytest.mark.parametrize(("num", "said"), [(1, "1 место"), (3, "3 места"), (5, "5 мест"), (21, "21 место")])
def test_a_plural_follows_the_catalogues_rule(package: Package, num: int, said: str) -> None:
    messages = """
msgid "%(num)s place"
msgid_plural "%(num)s places"
msgstr[0] "%(num)s место"
msgstr[1] "%(num)s места"
msgstr[2] "%(num)s мест"
"""
    # The rule is the file's, whatever language its name says.
    assert package.translate("de", RUSSIAN, messages).ngettext("%(num)s place", "%(num)s places", num) == said


def test_one_english_word_has_a_translation_for_each_context(package: Package) -> None:
    messages = """
msgctxt "a search"
msgid "open"
msgstr "öffnen"

msgctxt "an offer"
msgid "open"
msgstr "offen"

msgctxt "in"
msgid "%(num)s country"
msgid_plural "%(num)s countries"
msgstr[0] "%(num)s Land"
msgstr[1] "%(num)s Ländern"
"""
    german = package.translate("de", GERMAN, messages)

    assert german.pgettext("a search", "open") == "öffnen"
    assert german.pgettext("an offer", "open") == "offen"
    assert german.npgettext("in", "%(num)s country", "%(num)s countries", 2) == "2 Ländern"


def test_what_has_no_translation_is_said_in_english(package: Package) -> None:
    german = package.translate("de", GERMAN, '\n#, fuzzy\nmsgid "Full"\nmsgstr "Voll"\n')

    assert german.gettext("Full") == "Full"
    assert german.pgettext("registration", "closed") == "closed"
    assert german.ngettext("%(num)s place", "%(num)s places", 1) == "1 place"
    assert german.npgettext("in", "%(num)s country", "%(num)s countries", 1204) == "1.204 countries"


def test_what_the_first_domain_does_not_say_the_next_one_says(tmp_path: Path) -> None:
    first, second = Package(tmp_path / "events"), Package(tmp_path / "web")
    first.translate("de", GERMAN, '\nmsgid "Offers"\nmsgstr "Angebote"\n')
    second.translate(
        "de", GERMAN, '\nmsgid "Offers"\nmsgstr "Offerten"\n\nmsgid "Language"\nmsgstr "Sprache"\n'
    )
    german = load_texts("de", first.domain, second.domain)

    assert [german.gettext("Offers"), german.gettext("Language")] == ["Angebote", "Sprache"]


def test_a_language_without_a_catalogue_is_refused(package: Package) -> None:
    with pytest.raises(FileNotFoundError):
        load_texts("de", package.domain)

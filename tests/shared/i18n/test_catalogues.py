"""The catalogues: what the sources say and nothing else, whole in each language, readable by any gettext tool."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from shared.i18n.catalogues import extract_messages, find_domains, update_catalogues
from shared.i18n.faults import find_faults
from shared.i18n.languages import LANGUAGES, SOURCE_LANGUAGE
from shared.i18n.texts import Domain, load_texts, read_catalogue

ROOT = Path(__file__).parents[3]
DOMAINS = {domain.name: domain for domain in find_domains(ROOT)}
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
MESSAGES_OF = {"_": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
ARABIC = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"
RUSSIAN = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)"
)


@pytest.mark.parametrize("name", DOMAINS)
def test_a_template_holds_what_the_sources_say(name: str) -> None:
    files = dict(update_catalogues(DOMAINS[name]))

    assert DOMAINS[name].template.read_bytes() == files[DOMAINS[name].template], "make texts"


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("name", DOMAINS)
def test_a_translation_is_whole(name: str, language: str) -> None:
    translations = read_catalogue(DOMAINS[name].translation(language))

    assert list(find_faults(translations, extract_messages(DOMAINS[name]))) == []
    assert not translations.obsolete


@pytest.mark.parametrize("name", DOMAINS)
def test_each_message_is_written_out_where_it_is_used(name: str) -> None:
    """What is put together at run time is never extracted, and so never translated."""
    for source, line, arguments in _calls(DOMAINS[name]):
        assert all(isinstance(argument, str) for argument in arguments), f"{source}:{line}"


def _calls(domain: Domain) -> Iterator[tuple[Path, int, list[object]]]:
    for path in domain.folder.rglob("*.py"):
        if path.name != "texts.py" or path.parent.name != "i18n":
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    count = MESSAGES_OF.get(call.func.attr, 0)
                    yield (
                        path,
                        call.lineno,
                        [getattr(argument, "value", None) for argument in call.args[:count]],
                    )
    for path in domain.folder.rglob("templates/**/*.html"):
        for node in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(node.node, nodes.Name):
                count = MESSAGES_OF.get(node.node.name, 0)
                yield path, node.lineno, [getattr(argument, "value", None) for argument in node.args[:count]]


class Sources:
    """A package that says things, and its translation into German."""

    def __init__(self, folder: Path) -> None:
        self.domain = Domain(folder)
        (folder / "templates").mkdir(parents=True)

    def say(self, python: str, template: str = "") -> None:
        (self.domain.folder / "module.py").write_text(python, encoding="utf-8")
        (self.domain.folder / "templates" / "page.html").write_text(template, encoding="utf-8")
        for path, content in update_catalogues(self.domain):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def translate(self, old: str, new: str) -> None:
        path = self.domain.translation("de")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def faults(self) -> list[str]:
        translations = read_catalogue(self.domain.translation("de"))
        return list(find_faults(translations, extract_messages(self.domain)))


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "events")


def test_messages_of_code_and_pages_come_with_context_plural_and_comment(sources: Sources) -> None:
    sources.say(
        'texts.pgettext("an offer", "open")\n# Translators: on the board\ntexts.gettext("Full")\n',
        '{{ _("Offers") }} {{ ngettext("%(num)s offer", "%(num)s offers", count) }}',
    )
    template = extract_messages(sources.domain)

    assert template.get("open", context="an offer") is not None
    assert template["Full"].auto_comments == ["on the board"]
    assert template["Offers"].locations == [("templates/page.html", 0)]
    assert template["%(num)s offer"].id == ("%(num)s offer", "%(num)s offers")


def test_two_plurals_of_one_singular_are_refused_unless_a_context_tells_them_apart(sources: Sources) -> None:
    sources.say(
        'ngettext("a date", "dates", n)\nnpgettext("heading", "a date", "dates, one registration", n)'
    )

    with pytest.raises(ValueError, match="one singular"):
        sources.say('ngettext("a date", "dates", n)\nngettext("a date", "dates, one registration", n)')


def test_a_translation_follows_the_sources_and_is_kept(sources: Sources) -> None:
    sources.say('gettext("Full")\ngettext("Near to this")')
    sources.translate('msgid "Full"\nmsgstr ""', 'msgid "Full"\nmsgstr "Ausgebucht"')
    sources.say('gettext("Full")\ngettext("Cancelled")')

    assert load_texts("de", sources.domain).gettext("Full") == "Ausgebucht"
    assert sources.faults() == ["'Cancelled' is not translated"]


def test_writing_the_catalogues_again_changes_nothing(sources: Sources) -> None:
    sources.say('ngettext("%(num)s offer", "%(num)s offers", n)')
    once = dict(update_catalogues(sources.domain))

    assert {path: path.read_bytes() for path in once} == once


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("", "", []),
        ('"mit %(hosts)s"', '""', ["'with %(hosts)s' is not translated"]),
        ('"mit %(hosts)s"', '"mit"', ["'with %(hosts)s' has other placeholders in 'mit'"]),
        (
            'msgid "with %(hosts)s"',
            '#, fuzzy\nmsgid "with %(hosts)s"',
            ["'with %(hosts)s' is marked as fuzzy"],
        ),
        (
            'msgctxt "an offer"',
            'msgctxt "a day"',
            ["'open' (an offer) is missing", "'open' (a day) is unused"],
        ),
        ("%(num)s Tage", "Tage", ["'%(num)s day' has other placeholders in 'Tage'"]),
        (
            'msgstr[1] "%(num)s Tage"\n',
            "",
            ["'%(num)s day' is not translated"],
        ),
    ],
)
def test_each_fault_of_a_translation_is_found(
    sources: Sources, old: str, new: str, faults: list[str]
) -> None:
    sources.say(
        'gettext("with %(hosts)s")\npgettext("an offer", "open")\nngettext("%(num)s day", "%(num)s days", n)'
    )
    sources.translate('msgid "with %(hosts)s"\nmsgstr ""', 'msgid "with %(hosts)s"\nmsgstr "mit %(hosts)s"')
    sources.translate('msgid "open"\nmsgstr ""', 'msgid "open"\nmsgstr "offen"')
    sources.translate('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "ein Tag"\nmsgstr[1] "%(num)s Tage"')
    sources.translate(old, new)

    assert sources.faults() == faults


@pytest.mark.parametrize(
    ("plurals", "forms", "are_right"),
    [
        (RUSSIAN, ["%(num)s место", "%(num)s места", "%(num)s мест"], True),
        (RUSSIAN, ["место", "%(num)s места", "%(num)s мест"], False),
        (ARABIC, ["لا", "مكان", "مكانان", "%(num)s أماكن", "%(num)s مكانًا", "%(num)s مكان"], True),
        (ARABIC, ["لا", "مكان", "مكانان", "أماكن", "%(num)s مكانًا", "%(num)s مكان"], False),
    ],
)
def test_a_plural_may_leave_out_its_number_where_it_can_be_only_one(
    sources: Sources, plurals: str, forms: list[str], are_right: bool
) -> None:
    sources.say('ngettext("%(num)s place", "%(num)s places", n)')
    written = "\n".join(f'msgstr[{index}] "{form}"' for index, form in enumerate(forms))
    sources.translate('msgstr[0] ""\nmsgstr[1] ""', written)
    sources.translate("nplurals=2; plural=(n != 1)", plurals)

    assert (sources.faults() == []) is are_right

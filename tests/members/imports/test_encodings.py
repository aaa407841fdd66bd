"""Encodings: a list goes in as it was written, or not at all."""

import io

import pytest

from services.members.imports import csv_reader, layouts, processing
from services.members.imports.encodings import CODECS
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import RowReader
from shared.contracts.refusals import Refused

NAMES = {
    "German": "Müller|Schäfer|Köhler|Weiß|Jürgen|Kraus|Günther|Özdemir|ANDRÄ|Übel",
    "French": "Agnès|François|Zoë|Hélène|Müller|Dupont|Lefèvre|Benoît|Jérôme|ÉMILE",
    "Spanish": "Núñez|José|María|García|Begoña|Ramos|Íñigo|Martínez|Álvaro",
    "Nordic": "Bjørn|Åse|Håkan|Sørensen|Märta|Öberg|Jansen|Kjærsgård",
    "Polish": "Wałęsa|Łukasz|Święty|Kowalski|Żółciński|Zając|Wójcik|Dąbrowska",
    "Russian": "Иванов|Анна|Ахматова|Пётр|Щедрин|ЮРЬЕВ",
    "Greek": "Παπαδόπουλος|Ελένη|Γεώργιος|Νίκος",
}
# In these a mapping's word is checked. Of others it is taken; of Czech nobody can tell windows-1250 from 1252.
CHECKED = ("utf-8", "utf-16", "windows-1252", "windows-1251", "windows-1253", "mac-roman", "cp850")
SIGNATURES = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}


def read_names(content: bytes, declared: str) -> tuple[str, list[str], list[str]]:
    """In which encoding it was read, the names that join, and the reasons of the others."""
    mapping = ListMapping.model_validate(
        {
            "organisation": "daad",
            "encoding": declared,
            "delimiter": ";",
            "columns": {"name": "Name", "email": "Mail"},
        }
    )
    file = io.BytesIO(content)
    header = layouts.find_header(file, mapping)
    rows = list(csv_reader.read_rows(file, header, mapping))
    taken = processing.sort_rows(RowReader(mapping, {}, latest_cohort=2026), rows)
    return (
        header.layout.encoding,
        [each.family_name for each in taken.commands],
        [problem[1] for problem in taken.problems],
    )


def write_list(names: list[str], codec: str) -> bytes | None:
    rows = (f"{name};p{number}@example.org\r\n" for number, name in enumerate(names))
    try:
        return ("Name;Mail\r\n" + "".join(rows)).encode(codec)
    except UnicodeEncodeError:
        return None


def list_codecs(names: list[str]) -> list[tuple[str, str, bytes]]:
    """Every encoding that has all letters of the names, with the list in it."""
    codecs = {codec: name for name, codec in CODECS.items()} | SIGNATURES
    written = {codec: write_list(names, codec) for codec in codecs}
    return [(codec, codecs[codec], content) for codec, content in written.items() if content is not None]


def find_refusal(content: bytes, declared: str) -> Refused | None:
    try:
        read_names(content, declared)
    except Refused as refused:
        return refused
    return None


@pytest.mark.parametrize("language", NAMES)
def test_no_name_goes_in_garbled_whatever_the_mapping_says(language: str) -> None:
    names = NAMES[language].split("|")
    for codec, name, content in list_codecs(names):
        for declared in {*CHECKED, name.removesuffix("-le").removesuffix("-be")}:
            if refused := find_refusal(content, declared):
                assert (refused.code, declared != name) == ("encoding", True)
                assert name in refused.detail or name not in CHECKED
                continue
            encoding, joined, reasons = read_names(content, declared)
            assert set(joined) <= set(names), (codec, declared, encoding)
            assert set(reasons) <= {"encoding"}
            if name in (declared, "utf-8", "utf-16-le", "utf-16-be"):
                assert (encoding, joined) == (name, names)


def test_a_list_in_another_encoding_is_refused_in_words_that_say_in_which() -> None:
    content = write_list(NAMES["German"].split("|"), "mac-roman")
    assert content is not None

    refused = find_refusal(content, "windows-1252")

    assert refused is not None
    assert refused.detail.startswith("The list is not in windows-1252. It looks like mac-roman:")


def test_bytes_that_are_broken_in_one_row_of_utf_8_cost_this_row_only() -> None:
    content = write_list(["Müller", "Sch@fer", "Zoë"], "utf-8")
    assert content is not None

    assert read_names(content.replace(b"Sch@", b"Sch\xe4"), "utf-8") == (
        "utf-8",
        ["Müller", "Zoë"],
        ["encoding"],
    )
    assert read_names(content.replace(b"Sch@", "Sch\ufffd".encode()), "utf-8")[2] == ["encoding"]


@pytest.mark.parametrize(
    "text", ["Preis in €", "§ 12a", "5 m²", "„Nord“", "Nº 5", "O’Brien", "1½ l", "A\xadB", "Bär", "Groß\xa0K"]
)
def test_signs_that_are_no_words_leave_the_mapping_its_word(text: str) -> None:
    content = write_list([text], "cp1252")
    assert content is not None

    assert read_names(content, "windows-1252")[:2] == ("windows-1252", [text.replace("\xa0", " ")])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("UTF8", "utf-8"),
        ("latin1", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("cp1252", "windows-1252"),
        ("macintosh", "mac-roman"),
        ("IBM850", "cp850"),
        ("UTF-16LE", "utf-16"),
        ("Windows-1250", "windows-1250"),
    ],
)
def test_encodings_have_the_names_that_programs_give_them(written: str, name: str) -> None:
    mapping = {"organisation": "daad", "encoding": written, "columns": {"name": "n", "email": "e"}}
    assert ListMapping.model_validate(mapping).encoding == name

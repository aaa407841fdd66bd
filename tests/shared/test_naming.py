"""Names and references: every script's letters count, and what a spreadsheet made of a text is told from it."""

import re
import sys
import unicodedata

import pytest

from shared.naming import NO_LETTER, REASONS, Meaningless, require_name, require_reference
from shared.text import INVISIBLE


def test_no_letter_of_any_script_is_taken_for_a_sign() -> None:
    signs = re.compile(f"[{NO_LETTER}]")
    letters = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c).startswith("L")]

    assert [c for c in letters if signs.match(c)] == []
    assert [c for c in map(chr, range(128)) if not c.isalpha() and not signs.match(c)] == []


@pytest.mark.parametrize(
    "name",
    [
        "Suharto",
        "O'Brien-Łoś",
        "'t Hooft",
        "Nguyễn",
        "愛",
        "ก",
        "X Æ A-12",
        "ʻAkahi",
        "Ⅷ. Verein",
        "A+B",
        "#1 e.V.",
    ],
)
def test_a_name_has_a_letter_of_any_script(name: str) -> None:
    assert require_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *((text, "formula") for text in ("=1+1", "+cmd", "@SUM(A1)", "-1", "-", "＝1+1", "＠x", "－x")),
        *(
            (text, "spreadsheet-error")
            for text in ("#REF!", "#NAME?", "#N/A", "#DIV/0!", "#WERT!", "#####", "#NV")
        ),
        *((text, "spreadsheet-error") for text in ("#ИМЯ?", "#¿NOMBRE?", "Err:502")),
        *(
            (text, "name-without-letter")
            for text in ("1", ".", "…", "12/03", "—", "٣٤", "１", "'", "😀", "#")
        ),
    ],
)
def test_what_is_no_name_is_refused_for_a_reason(name: str, reason: str) -> None:
    with pytest.raises(Meaningless, match=re.escape(REASONS[reason])):
        require_name(name)


@pytest.mark.parametrize(
    "reference",
    [
        *("1,2E+05", "1.2E+05", "4,50E+12", "1E+11", "123.5e+3", "1.2E-05"),
        *(
            "03. Jan",
            "3. Mrz",
            "Jan 03",
            "3-Jan",
            "03-Jan-24",
            "Jan-03",
            "Mai 98",
            "03-janv.",
            "3-ene",
            "Sep 2003",
        ),
        "2024-01-03 00:00:00",
    ],
)
def test_what_a_spreadsheet_made_of_a_reference_is_told(reference: str) -> None:
    with pytest.raises(Meaningless, match="A spreadsheet has made"):
        require_reference(reference)


@pytest.mark.parametrize(
    "reference",
    [
        "0049",
        "A/7",
        "12E4",
        "3E-12",
        "E+05",
        "2003",
        "2024-01-03",
        "JAN-03",
        "Janus 03",
        "12-34",
        "3/1",
        "#77",
        "9,5",
        "May",
    ],
)
def test_a_reference_is_whatever_an_office_writes(reference: str) -> None:
    assert require_reference(reference) == reference


def test_what_is_invisible_is_no_letter() -> None:
    with pytest.raises(Meaningless, match="at least one letter"):
        require_name(f"1{chr(0x3164)}2")
    assert chr(0x3164) in INVISIBLE

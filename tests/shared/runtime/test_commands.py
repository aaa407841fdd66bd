"""What lines and paragraphs may hold: every script of the world, and nothing but what people see."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, core_schema

from shared.runtime.commands import LINE_LETTERS, PARAGRAPH_LETTERS, Line, Name, Paragraph, Plain, Reference
from shared.text import INVISIBLE, clean_line, clean_paragraph

LINE: TypeAdapter[str] = TypeAdapter(Line)
PARAGRAPH: TypeAdapter[str] = TypeAdapter(Paragraph)
LINE_PATTERN, PARAGRAPH_PATTERN = (re.compile(each.json_schema()["pattern"]) for each in (LINE, PARAGRAPH))
UNSEEN = st.text(st.from_regex(f"[{INVISIBLE}]", fullmatch=True), max_size=5)
ANY = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\u200d\u202e\u2066\u2069\u202c\xad\u3164 \n\rक्🏴é"),
    max_size=12,
)


@pytest.mark.parametrize(
    "text",
    [
        *("Ana", "Nguyễn Thị Ánh", "می‌خواهم", "O'Brien-Łoś", "עברית", "ᠮᠣᠩᠭᠣᠯ", "۝ ٣"),
        *(
            "👩‍🌾",
            "❤️",
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "葛\U000e0100",
            "രാജന്\u200d",
            "क्\u200c",
        ),
    ],
)
def test_a_line_is_in_any_script_and_keeps_its_signs(text: str) -> None:
    assert LINE.validate_python(text) == PARAGRAPH.validate_python(text) == text


@pytest.mark.parametrize(
    "sign",
    [
        "\0",
        "\n",
        "\r",
        "\t",
        "\x1f",
        "\x85",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\ud800",
        "\ufffe",
        "\U0001ffff",
    ],
)
def test_a_line_neither_ends_nor_turns_inside(sign: str) -> None:
    with pytest.raises(ValidationError, match="one line of text"):
        LINE.validate_python(f"A{sign}na")


@given(UNSEEN, UNSEEN)
def test_what_nobody_sees_is_nothing(before: str, after: str) -> None:
    assert LINE.validate_python(f"{before}Zoe\u0308{after}") == "Zoë"
    assert PARAGRAPH.validate_python(f"{before}Zoe\u0308{after}") == "Zoë"
    assert PARAGRAPH.validate_python(before + after) == ""
    with pytest.raises(ValidationError, match="nothing of it can be seen"):
        LINE.validate_python(before + after)


def test_what_nobody_sees_is_what_unicode_says() -> None:
    ignorable = SchemaValidator(
        core_schema.str_schema(pattern=r"^[\p{Default_Ignorable_Code_Point}\p{White_Space}]$")
    )
    every = [chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000]
    seen = re.compile(f"[^{INVISIBLE}]")

    def is_ignorable(sign: str) -> bool:
        try:
            return bool(ignorable.validate_python(sign))
        except ValueError:
            return False

    drawn = [sign for sign in every if unicodedata.category(sign) == "Cf" and seen.match(sign)]
    assert all(re.search("ARABIC|SYRIAC|KAITHI|EGYPTIAN", unicodedata.name(sign)) for sign in drawn)
    assert not [sign for sign in every if seen.match(sign) and is_ignorable(sign)]


@given(ANY)
def test_a_text_that_was_taken_is_taken_again_as_it_is(text: str) -> None:
    for clean, adapter, pattern in (
        (clean_line, LINE, LINE_PATTERN),
        (clean_paragraph, PARAGRAPH, PARAGRAPH_PATTERN),
    ):
        try:
            taken = adapter.validate_python(text)
        except ValidationError:
            assert not pattern.search(text)
        else:
            assert pattern.search(text)
            assert clean(taken) == taken
            assert unicodedata.is_normalized("NFC", taken)


@given(
    ANY
    | st.text("=+-@＝a é1.,#!/E٣—\u200b", max_size=8)
    | st.sampled_from(["#REF!", " 1,2E+05", "Jan 03\u200b"])
)
@pytest.mark.parametrize("kind", [Plain, Name, Reference])
def test_names_and_references_are_taken_as_their_schema_says(kind: Any, text: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    schema = adapter.json_schema()
    fits = re.search(schema["pattern"], text) and not re.search(schema["not"]["pattern"], text)
    try:
        adapter.validate_python(text)
    except ValidationError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_lines_of_a_paragraph_end_in_one_way(end: str) -> None:
    assert PARAGRAPH.validate_python(f"One{end}{end}\ttwo{end}") == "One\n\n\ttwo"


@pytest.mark.parametrize("sign", ["\x01", "\x1b", "\x7f", "\x9f", "\uffff"])
def test_controls_that_were_pasted_into_a_paragraph_are_dropped(sign: str) -> None:
    assert PARAGRAPH.validate_python(f"{sign}A{sign}na{sign}") == "Ana"


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_can_not_be_stored_is_refused(sign: str) -> None:
    with pytest.raises(ValidationError, match="NUL or lone surrogates"):
        PARAGRAPH.validate_python(f"A{sign}na")


def test_a_paragraph_turns_the_reading_direction_within_its_lines_only() -> None:
    assert PARAGRAPH.validate_python("a \u202b(b)\u202c c\n\u202ed") == "a \u202b(b)\u202c c\nd"


@pytest.mark.parametrize(("adapter", "letters"), [(LINE, LINE_LETTERS), (PARAGRAPH, PARAGRAPH_LETTERS)])
def test_a_text_is_as_long_as_it_was_sent(adapter: TypeAdapter[str], letters: int) -> None:
    assert adapter.validate_python("a" * (letters - 1) + "\u2060") == "a" * (letters - 1)
    for too_long in ("a" * (letters + 1), "a" * letters + "\u2060"):
        with pytest.raises(ValidationError, match="at most"):
            adapter.validate_python(too_long)

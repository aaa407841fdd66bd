"""What a line of text may hold: every script of the world, and nothing that makes it something other than a line."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.runtime.commands import Line

LINE: TypeAdapter[str] = TypeAdapter(Line)


@pytest.mark.parametrize("text", ["Ana", "Nguyễn Thị Ánh", "می‌خواهم", "עברית\u200f", "👩‍🌾", "O'Brien-Łoś"])
def test_a_line_is_in_any_script(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize(
    "sign", ["\0", "\n", "\r", "\t", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ud800"]
)
def test_a_line_neither_ends_nor_turns_inside(sign: str) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(f"A{sign}na")

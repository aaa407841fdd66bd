"""Commands, the bodies of requests: without unknown fields, and without text that can't be stored."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticKnownError

from shared.naming import (
    FORMULA_SIGNS,
    NO_LETTER,
    SHEET_DAY,
    SHEET_ERROR,
    SHEET_NUMBER,
    require_name,
    require_plain,
    require_reference,
)
from shared.text import INVISIBLE, NO_PART_OF_A_LINE, NO_TEXT, clean_line, clean_paragraph


class Command(BaseModel):
    """A request body. Unknown fields are refused, and text that PostgreSQL can't hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="wrap")
    @classmethod
    def _require_storable(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        for text in _collect_texts(value):
            require_storable(text)
        try:
            return validate(value)
        except RecursionError:  # an enum spells out what it doesn't know
            raise ValueError("a value is nested too deep") from None


def require_storable(text: str) -> str:
    """The text itself. Raises ValueError for NUL and lone surrogates, which PostgreSQL can't hold."""
    if "\0" in text:
        raise ValueError("text may not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text may not contain lone surrogates") from None
    return text


def _collect_texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value, however deep it is."""
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            left += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            left += part


LINE_LETTERS, PARAGRAPH_LETTERS = 200, 4000


def _read_line(text: str) -> str:
    if not (line := _read_optional_line(text)):
        raise ValueError("nothing of it can be seen")
    return line


def _read_optional_line(text: str) -> str:
    return _require_length(clean_line(_require_length(text, LINE_LETTERS)), LINE_LETTERS)


def _read_paragraph(text: str) -> str:
    return _require_length(clean_paragraph(_require_length(text, PARAGRAPH_LETTERS)), PARAGRAPH_LETTERS)


def _require_length(text: str, letters: int) -> str:
    if len(text) > letters:
        raise PydanticKnownError("string_too_long", {"max_length": letters})
    return text


def _spell_out(pattern: str) -> str:
    """The pattern with the escapes that both Python and ECMAScript understand."""
    return "".join(
        c if (c.isascii() and c.isprintable()) or ord(c) > 0xFFFF else f"\\u{ord(c):04x}" for c in pattern
    )


_SEEN = f"[^{INVISIBLE}{NO_TEXT}]"
_ONE_LINE = f"^[{INVISIBLE}]*{_SEEN}([^{NO_PART_OF_A_LINE}]*{_SEEN})?[{INVISIBLE}]*$"
LINE_SCHEMA: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LINE_LETTERS,
    "pattern": _spell_out(_ONE_LINE),
}
# The same, of which the first sign that is seen begins no formula; and in a name there is a letter.
_BEGINS = f"[^{INVISIBLE}{NO_TEXT}{FORMULA_SIGNS.replace('-', chr(92) + '-')}]"
_LETTER = f"[^{INVISIBLE}{NO_TEXT}{NO_LETTER}]"
_MORE = f"([^{NO_PART_OF_A_LINE}]*{_SEEN})?[{INVISIBLE}]*$"


def _refuse_sheets(pattern: str, damage: str) -> dict[str, Any]:
    damaged = _spell_out(f"^[{INVISIBLE}]*({damage})[{INVISIBLE}]*$")
    return LINE_SCHEMA | {"pattern": _spell_out(pattern), "not": {"pattern": damaged}}


_PLAIN = f"^[{INVISIBLE}]*{_BEGINS}{_MORE}"
PLAIN_SCHEMA = _refuse_sheets(_PLAIN, SHEET_ERROR)
NAME_SCHEMA = _refuse_sheets(
    f"^[{INVISIBLE}]*({_LETTER}|{_BEGINS}[^{NO_PART_OF_A_LINE}]*{_LETTER}){_MORE}", SHEET_ERROR
)
REFERENCE_SCHEMA = _refuse_sheets(_PLAIN, f"{SHEET_ERROR}|{SHEET_NUMBER}|{SHEET_DAY}")
_NO_LINE_SCHEMA = {"type": ["string", "null"], "pattern": _spell_out(f"^[{INVISIBLE}]*$")}
_PARAGRAPH_SCHEMA = {
    "type": "string",
    "maxLength": PARAGRAPH_LETTERS,
    "pattern": _spell_out("^[^\0]*$"),
}

Line = Annotated[str, AfterValidator(_read_line), WithJsonSchema(LINE_SCHEMA)]
# Lines that people and spreadsheets know someone or something by.
Plain = Annotated[Line, AfterValidator(require_plain), WithJsonSchema(PLAIN_SCHEMA)]
Name = Annotated[Line, AfterValidator(require_name), WithJsonSchema(NAME_SCHEMA)]
Reference = Annotated[Line, AfterValidator(require_reference), WithJsonSchema(REFERENCE_SCHEMA)]
# A name or nothing, which is kept as "".
OptionalName = Annotated[
    str,
    BeforeValidator(lambda value: "" if value is None else value),
    AfterValidator(_read_optional_line),
    AfterValidator(lambda text: text and require_name(text)),
    WithJsonSchema({"anyOf": [NAME_SCHEMA, _NO_LINE_SCHEMA]}),
]
Paragraph = Annotated[str, AfterValidator(_read_paragraph), WithJsonSchema(_PARAGRAPH_SCHEMA)]

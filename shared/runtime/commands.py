"""Commands, the bodies of requests: without unknown fields, and without text that can't be stored."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator


class Command(BaseModel):
    """A request body. Unknown fields are refused, and text that PostgreSQL can't hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _require_storable(cls, value: Any) -> Any:
        for text in _collect_texts(value):
            require_storable(text)
        return value


def require_storable(text: str) -> str:
    """The text itself. Raises ValueError for NUL and lone surrogates, which PostgreSQL can't hold."""
    if "\0" in text:
        raise ValueError("text may not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text may not contain lone surrogates") from None
    return text


def _collect_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _collect_texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _collect_texts(part)]
    return []


# The patterns tell clients by the schema what is refused; both are understood by pydantic and by JSON Schema.
# U+2028 to U+202E and U+2066 to U+2069 end lines, or turn the reading direction of what follows them.
_NO_PART_OF_A_LINE = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_ONE_LINE = rf"^[^{_NO_PART_OF_A_LINE}]*[^\s{_NO_PART_OF_A_LINE}][^{_NO_PART_OF_A_LINE}]*$"
_NO_NUL = r"^[^\x00]*$"

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE), AfterValidator(require_storable)
]
Paragraph = Annotated[
    str, StringConstraints(max_length=4000, pattern=_NO_NUL), AfterValidator(require_storable)
]

"""Mapping files: how one office's list is to be read, as it says itself in TOML."""

import re
import tomllib
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from services.members.imports.encodings import name_encoding
from shared.contracts import vocabulary
from shared.contracts.members import Role
from shared.contracts.model import Slug
from shared.contracts.refusals import Refused
from shared.runtime.commands import Command, Line

MAPPING_BYTES = 64_000
# Keys of TOML may have any number of parts, which take the square of it. All columns in one line fit.
LINE_BYTES, LINE_DOTS = 2_000, 50

FieldName = Literal[
    "reference",
    "name",
    "given_name",
    "family_name",
    "email",
    "cohort",
    "completed_on",
    "origin",
    "residence",
    "posting",
    "language",
    "languages",
    "themes",
    "regions",
    "branch",
    "advises",
    "programme",
]

Delimiter = Literal[",", ";", "\t", "|"]
DELIMITERS: tuple[str, ...] = get_args(Delimiter)


def _require_date_format(pattern: str) -> str:
    day = date(2019, 3, 31)
    try:
        understood = datetime.strptime(day.strftime(pattern), pattern).date() == day  # noqa: DTZ007 - a day
    except Exception:  # noqa: BLE001 - strptime raises re.error and others for an odd pattern
        understood = False
    if not understood:
        raise ValueError("not a date's format, such as %d.%m.%Y")
    return pattern


def _require_language(language: str) -> str:
    if language not in vocabulary.languages():
        raise ValueError("not a language of the vocabulary")
    return language


class ListMapping(Command):
    """How one list is read. `columns` has for each of our fields the header of their column.

    `encoding` and `delimiter` are what is believed where the list itself doesn't tell. `name` holds "Family, Given",
    or a name that isn't divided, and stands for `family_name` and `given_name`. `invite` sends one invitation to
    each whom the list newly affiliates; the organisation has the mandate for it.
    """

    organisation: Slug
    programme: Slug | None = None
    role: Role = Role.ALUMNUS
    encoding: Annotated[str, StringConstraints(max_length=30), AfterValidator(name_encoding)] = "utf-8"
    delimiter: Delimiter = ","
    date_format: Annotated[str, StringConstraints(max_length=30), AfterValidator(_require_date_format)] = (
        "%Y-%m-%d"
    )
    language: Annotated[str, AfterValidator(_require_language)] = "en"
    invite: bool = False
    columns: dict[FieldName, Line] = Field(max_length=len(get_args(FieldName)))

    @model_validator(mode="after")
    def _require_identifying(self) -> "ListMapping":
        if "email" not in self.columns:
            raise ValueError("columns must name the e-mail's")
        if "name" not in self.columns and not {"given_name", "family_name"} <= self.columns.keys():
            raise ValueError("columns must name that of name, or those of given_name and family_name")
        return self

    @property
    def fields(self) -> list[FieldName]:
        """Our fields that the list has, in the order in which its cells are kept."""
        return sorted(self.columns)


def parse_mapping(content: bytes) -> ListMapping:
    """The mapping in a TOML file. Raises `Refused` that says what is wrong with it."""
    if len(content) > MAPPING_BYTES:
        raise Refused("mapping-invalid", "The mapping is larger than 64 kB.")
    lines = re.split(b"[\r\n]", content)
    if max(map(len, lines)) > LINE_BYTES:
        raise Refused("mapping-invalid", f"A line of the mapping is longer than {LINE_BYTES} bytes.")
    if max(line.count(b".") for line in lines) > LINE_DOTS:
        raise Refused("mapping-invalid", f"A line of the mapping has more than {LINE_DOTS} dots.")
    try:
        return ListMapping.model_validate(tomllib.loads(content.decode("utf-8-sig")), strict=False)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'mapping'}: {e['msg']}" for e in error.errors()]
        raise Refused("mapping-invalid", f"The mapping can't be used. {'; '.join(faults)[:500]}") from None
    except tomllib.TOMLDecodeError as error:
        raise Refused("mapping-invalid", f"The mapping is not TOML: {str(error)[:200]}.") from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise Refused("mapping-invalid", "The mapping is not TOML in UTF-8.") from None

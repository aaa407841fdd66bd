"""Lists as offices have them: drawn persons, written by some program with all its oddities, and what is in them."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from services.members.imports.encodings import CODECS
from services.members.imports.mappings import DELIMITERS
from shared.text import clean_line
from tests.members.imports.exporters import EXPORTERS, Written, excel_with_columns_that_were_cleared

DIVIDED = {
    "reference": "Nr.",
    "family_name": "Familienname",
    "given_name": "Vorname(n)",
    "email": "E-Mail-Adresse",
    "cohort": "Jahrgang",
    "completed_on": "Abschluß am",
    "branch": "Branche",
}
WHOLE = {"name": "Name, Vorname", **{f: h for f, h in DIVIDED.items() if not f.endswith("name")}}
NOTE = "Bemerkung"
DATE_FORMAT = "%d.%m.%Y"

FAMILIES = (
    *(
        "Müller",
        "Łukaszewski",
        "O'Brien",
        "’t Hooft",
        "'t Hooft",
        "de la Cruz",
        "Nguyễn Văn An",
        "Иванов",
        "山田\u3000太郎",
    ),
    *(
        "محمد\u200cعلی",
        "Weiß",
        "Ödön",
        'Klaus "Kalle" Meier',
        "Maier; geb. Huber",
        "D’Arcy|Smith",
        "Suharto",
        "Núñez",
    ),
)
GIVEN = (
    "Jürgen",
    "Zoë",
    "Anna\nMaria",
    "Ада",
    "Sukarno",
    "José",
    "Bo",
    "Jean–Luc",
    "愛",
    "Björk",
    "Agnès",
    "Eve\tLyn",
)
LETTERS = st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=1, max_size=12).filter(
    lambda text: clean_line(text) == unicodedata.normalize("NFC", text)
)
ENDS = ("", " ", "  ", "\t", "\n", "\xa0", "\u200b", "\ufeff", "\xad", "\u200e", "\u2028", "\u3000", "\u2060")
BLANKS = ("", " ", "\xa0", "\u200b", "\t", "\u2028", "\xad", "\u3164")
NOTES = ("", "ok", "zahlt, aber spät", 'sagt "nein"', "zwei\nZeilen", "=1+1", "x" * 300, "\u202e", "§ 5")
BAD = (
    ("email", "", "email-missing"),
    ("email", "\u2060", "email-missing"),
    ("email", "ada(at)example.org", "email-invalid"),
    ("cohort", "1899", "cohort-invalid"),
    ("completed_on", "31.02.2019", "date-invalid"),
    ("branch", "=1+1", "formula"),
    ("branch", "\u200b=1+1", "formula"),
    ("branch", "a\u202eb", "control-character"),
    ("branch", "b" * 201, "too-long"),
)
TITLES: tuple[list[str], ...] = (
    ["Alumni, Stand 2024"],
    [],
    ["", "Person", "", "Kontakt"],
    ["Liste", *[""] * 12],
    [" "] * 7,
)


class Problem(NamedTuple):
    """A row that is bad, where a text editor shows it."""

    line: int
    reason: str
    header: str | None


@dataclass
class OfficeList:
    """A file with its mapping, and what a person sees in it: members as they are to be known, and bad rows."""

    written: Written
    mapping: dict[str, Any]
    header_line: int
    members: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def write_mapping(self) -> bytes:
        """The mapping as TOML, in which JSON's strings are ones too."""
        top = {name: value for name, value in self.mapping.items() if name != "columns"}
        lines = [f"{name} = {json.dumps(value)}" for name, value in top.items()]
        lines += [
            "[columns]",
            *(f"{name} = {json.dumps(value)}" for name, value in self.mapping["columns"].items()),
        ]
        return "\n".join(lines).encode()


@dataclass
class _Clutter:
    """Draws how a program writes down what a person sees, as far as its encoding can."""

    draw: DrawFn
    encoding: str

    def choose(self, texts: Sequence[str]) -> str:
        return self.draw(st.sampled_from([text for text in texts if self.can_write(text)]))

    def write(self, *forms: str) -> str:
        """One of the forms, with white and invisible characters around it."""
        form = self.choose(forms)
        composed = unicodedata.normalize(self.draw(st.sampled_from(["NFC", "NFD"])), form)
        return self.choose(ENDS) + (composed if self.can_write(composed) else form) + self.choose(ENDS)

    def write_header(self, header: str) -> str:
        forms = [header, header.upper(), header.replace("-", "-\n"), header.replace(" ", "\xa0")]
        forms += [header.replace("-", "\u2011"), header.replace(" ", " \n"), f"{header[:3]}\xad{header[3:]}"]
        return self.write(*forms)

    def can_write(self, text: str) -> bool:
        """Whether the encoding has all letters of the text."""
        try:
            return text.encode(self.encoding).decode(self.encoding) == text
        except UnicodeEncodeError:
            return False


@st.composite
def office_lists(draw: DrawFn, least: int = 0, most: int = 5) -> OfficeList:
    """A list of any exporter. Its mapping may be wrong about what the file says by itself."""
    exporter = draw(st.sampled_from(EXPORTERS))
    encoding = exporter([["x"]]).encoding
    clutter = _Clutter(draw, encoding)
    kinds = ["blank", "member", "member", "fault", "nameless"]
    kinds += [] if exporter is excel_with_columns_that_were_cleared else ["wide"]
    columns = draw(st.sampled_from([DIVIDED, WHOLE]))
    headers = draw(st.permutations([*columns.values(), NOTE]))
    table: list[list[str]] = draw(st.lists(st.sampled_from(TITLES), max_size=3))
    above = len(table)
    table.append([clutter.write_header(header) for header in headers])
    rows = [
        _draw_row(clutter, columns, number, draw(st.sampled_from(kinds)))
        for number in range(draw(st.integers(least, most)))
    ]
    table += [
        [row.cells.get(header, clutter.choose(NOTES)) for header in headers] + [*row.more] for row in rows
    ]
    written = exporter(table)
    lines = _number_lines(written)[-len(table) :]
    listed = OfficeList(written, _draw_mapping(draw, encoding, columns), header_line=lines[above])
    for line, row in zip(lines[above + 1 :], rows, strict=True):
        if row.fault:
            listed.problems.append(Problem(line, *row.fault))
        elif row.member:
            listed.members.append(row.member)
    return listed


def _number_lines(written: Written) -> list[int]:
    breaks = (len(re.findall("\r\n|\r|\n", row)) for row in written.rows)
    return list(accumulate(breaks, initial=1))[:-1]


def _draw_mapping(draw: DrawFn, encoding: str, columns: dict[str, str]) -> dict[str, Any]:
    certain = encoding.startswith("utf")
    named = CODECS if certain else [name for name, codec in CODECS.items() if codec == encoding]
    return {
        "organisation": "daad",
        "encoding": draw(st.sampled_from(list(named))),
        "delimiter": draw(st.sampled_from(DELIMITERS)),
        "date_format": DATE_FORMAT,
        "columns": columns,
    }


class _Row(NamedTuple):
    cells: dict[str, str]
    member: dict[str, Any] | None = None
    fault: tuple[str, str | None] | None = None
    more: Sequence[str] = ()


def _draw_row(clutter: _Clutter, columns: dict[str, str], number: int, kind: str) -> _Row:
    """A blank row, a member, or a member with a fault."""
    draw = clutter.draw
    if kind == "blank":
        return _Row({header: clutter.choose(BLANKS) for header in [*columns.values(), NOTE]})
    texts, member = _draw_member(clutter, number)
    cells = {columns[field]: text for field, text in texts.items() if field in columns}
    if kind == "fault":
        field, text, reason = draw(st.sampled_from([bad for bad in BAD if clutter.can_write(bad[1])]))
        return _Row(cells | {columns[field]: text}, fault=(reason, columns[field]))
    if kind == "nameless":
        names = [columns[field] for field in ("name", "family_name", "given_name") if field in columns]
        return _Row(
            cells | {name: clutter.choose(BLANKS) for name in names}, fault=("name-missing", names[0])
        )
    if kind == "wide":
        return _Row(cells, fault=("columns", None), more=["", "?"])
    return _Row(cells, member, more=draw(st.sampled_from([(), ("",), ("", " ")])))


def _draw_member(clutter: _Clutter, number: int) -> tuple[dict[str, str], dict[str, Any]]:
    """What the cells of someone say, by field, and who that is."""
    draw = clutter.draw
    letters = [draw(LETTERS)] if clutter.can_write("愛ก") else []
    family, given = clutter.choose(["", *FAMILIES, *letters]), clutter.choose(["", *GIVEN, *letters])
    family = family if given else family or "Suharto"
    domain = draw(st.uuids(version=4)).hex[:12]
    email, reference = f"p{number}@d{domain}.example", f"00{number}"
    day = draw(st.dates(date(1950, 1, 1), date(2026, 12, 31)))
    days = [f"{day:{DATE_FORMAT}}{midnight}" for midnight in ("", " 00:00:00", " 0:00")]
    texts = {
        "family_name": clutter.write(family),
        "given_name": clutter.write(given),
        "name": clutter.write(f"{family}, {given}", *([] if given else [family])),
        "email": clutter.write(email, f"'{email}'"),
        "reference": clutter.write(reference, f"'{reference}", f'="{reference}"'),
        "cohort": clutter.write("2011", "'2011", '="2011"', "2011.0"),
        "completed_on": clutter.write(*days, f"'{days[0]}", days[0].replace(".", ".\u200e")),
        "branch": clutter.write("Bau & Boden", '="Bau & Boden"'),
    }
    return texts, {
        "family_name": _see(family),
        "given_name": _see(given),
        "email": email,
        "reference": reference,
        "cohort": 2011,
        "completed_on": day,
        "branch": "Bau & Boden",
    }


def _see(text: str) -> str:
    return unicodedata.normalize("NFC", re.sub("[\\s]+", " ", text))

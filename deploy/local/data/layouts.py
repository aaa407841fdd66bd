"""The five offices' file layouts: encoding, delimiter, dates, headers in their own words, and the mapping file."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.contracts import vocabulary

SYNTHETIC = "synthetic"
ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Layout:
    """How one office exports its members; `columns` are (their header, our field) in file order."""

    file: str
    organisation: str
    programme: str
    reference: str
    columns: tuple[tuple[str, str], ...]
    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    newline: str = "\n"
    quote_all: bool = False
    date_format: str = "%Y-%m-%d"
    language: str = "de"
    countries: Literal["name", "alpha3"] = "name"
    invite: bool = False

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field for _, field in self.columns)

    def encode_header(self) -> bytes:
        mark = b"\xef\xbb\xbf" if self.bom else b""
        return mark + self.encode_record([header for header, _ in self.columns])

    def encode_record(self, cells: list[str]) -> bytes:
        """One line of the file with its end, in the file's encoding."""
        text = io.StringIO()
        quoting: Literal[0, 1] = csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline, quoting=quoting)
        writer.writerow(cells)
        return text.getvalue().encode(self.encoding)

    def order_cells(self, values: Mapping[str, str]) -> list[str]:
        return [values.get(field, "") for field in self.field_names]

    def format_date(self, day: date | None) -> str:
        return day.strftime(self.date_format) if day else ""

    def format_country(self, code: str) -> str:
        entry = vocabulary.countries()[code]
        return entry.alpha3 if self.countries == "alpha3" else entry.name(self.language)

    def build_mapping(self) -> str:
        """The TOML file that says how the import reads this list."""
        lines = [
            f'organisation = "{self.organisation}"',
            f'programme = "{self.programme}"',
            'role = "alumnus"',
            f'encoding = "{self.encoding}"',
            f'delimiter = "{self.delimiter}"',
            f'date_format = "{self.date_format}"',
            f'language = "{self.language}"',
            f"invite = {str(self.invite).lower()}",
            "",
            "[columns]",
        ]
        ours = [(field, header) for header, field in self.columns if field not in (SYNTHETIC, ADDRESS)]
        return "\n".join([*lines, *(f'{field} = "{header}"' for field, header in ours)]) + "\n"


DIPLOMATEN = Layout(
    file="diplomaten",
    organisation="auswaertiges-amt-diplomatenausbildung",
    programme="internationale-diplomatenausbildung",
    reference="IDA-{:05d}",
    bom=True,
    newline="\r\n",
    columns=(
        ("Lfd. Nr.", "reference"),
        ("Nachname", "family_name"),
        ("Vorname", "given_name"),
        ("E-Mail", "email"),
        ("Lehrgang", "cohort"),
        ("Abschlussdatum", "completed_on"),
        ("Entsendestaat", "origin"),
        ("Wohnsitzstaat", "residence"),
        ("Vertretung", "posting"),
        ("Dienstanschrift", ADDRESS),
        ("Korrespondenzsprache", "language"),
        ("Themen", "themes"),
        ("Hinweis", SYNTHETIC),
    ),
)
IPS = Layout(
    file="ips",
    organisation="deutscher-bundestag",
    programme="ips",
    reference="{}",
    encoding="windows-1252",
    delimiter=";",
    newline="\r\n",
    date_format="%d.%m.%Y",
    columns=(
        ("Nr.", "reference"),
        ("Name", "family_name"),
        ("Vorname", "given_name"),
        ("E-Mail", "email"),
        ("Jahrgang", "cohort"),
        ("Abschluss am", "completed_on"),
        ("Herkunftsland", "origin"),
        ("Wohnsitzland", "residence"),
        ("Hinweis", SYNTHETIC),
    ),
)
UNTERNEHMER = Layout(
    file="unternehmer",
    organisation="giz",
    programme="managerfortbildungsprogramm",
    reference="{}",
    date_format="%d.%m.%Y",
    invite=True,
    columns=(
        ("Kennung", "reference"),
        ("Vorname", "given_name"),
        ("Nachname", "family_name"),
        ("E-Mail-Adresse", "email"),
        ("Programm", "programme"),
        ("Jahr", "cohort"),
        ("Abschluss", "completed_on"),
        ("Land", "origin"),
        ("Wohnland", "residence"),
        ("Korrespondenz", "language"),
        ("Regionen", "regions"),
        ("Branche", "branch"),
        ("Themen", "themes"),
        ("Sprachen", "languages"),
        ("Berät", "advises"),
        ("Hinweis", SYNTHETIC),
    ),
)
DAAD = Layout(
    file="daad",
    organisation="daad",
    programme="daad-studienstipendium",
    reference="91{:05d}",
    delimiter=";",
    date_format="%d/%m/%Y",
    language="en",
    columns=(
        ("Record", SYNTHETIC),
        ("Personal ID", "reference"),
        ("Surname, First name", "name"),
        ("Country of origin", "origin"),
        ("Lives in", "residence"),
        ("Year", "cohort"),
        ("Funded until", "completed_on"),
        ("Mail", "email"),
        ("Scheme", "programme"),
    ),
)
HUMBOLDT = Layout(
    file="humboldt",
    organisation="humboldt-stiftung",
    programme="humboldt-forschungsstipendium",
    reference="AvH-{:04d}",
    quote_all=True,
    language="en",
    countries="alpha3",
    columns=(
        ("email", "email"),
        ("first_name", "given_name"),
        ("last_name", "family_name"),
        ("nationality", "origin"),
        ("residence", "residence"),
        ("fellowship", "programme"),
        ("start_year", "cohort"),
        ("end_date", "completed_on"),
        ("languages", "languages"),
        ("id", "reference"),
        ("note", SYNTHETIC),
    ),
)
LAYOUTS = (DIPLOMATEN, IPS, UNTERNEHMER, DAAD, HUMBOLDT)

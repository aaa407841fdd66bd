"""Programs with which offices export lists: each writes a table as that program does, byte by byte."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Table: TypeAlias = Sequence[Sequence[str]]
Quoting: TypeAlias = Literal[0, 1]


@dataclass(frozen=True)
class Written:
    """The rows as text, each with its end, and how they become bytes."""

    rows: list[str]
    encoding: str
    before: bytes = b""
    after: str = ""

    @property
    def content(self) -> bytes:
        return self.before + ("".join(self.rows) + self.after).encode(self.encoding)


Exporter: TypeAlias = Callable[[Table], Written]


def write_rows(table: Table, delimiter: str, end: str, quoting: Quoting = csv.QUOTE_MINIMAL) -> list[str]:
    """The rows of a table, in quotation marks where they are needed, or everywhere."""
    return [_write_row(row, delimiter, end, quoting) for row in table]


def _write_row(row: Sequence[str], delimiter: str, end: str, quoting: Quoting) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerow(row)
    return text.getvalue().removesuffix("\r\n") + end


def _without_ends(table: Table) -> Table:
    """Rows without their empty cells at the end."""
    return [row[: max((n for n, cell in enumerate(row, 1) if cell), default=0)] for row in table]


def _on_one_line(table: Table) -> Table:
    return [[" ".join(cell.split("\n")).replace("\t", " ") for cell in row] for row in table]


def excel_csv_utf_8(table: Table) -> Written:
    return Written(write_rows(table, ",", "\r\n"), "utf-8", before=b"\xef\xbb\xbf")


def excel_csv_utf_8_in_german(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n"), "utf-8", before=b"\xef\xbb\xbf")


def excel_csv_in_german(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n"), "cp1252")


def excel_csv_in_english(table: Table) -> Written:
    return Written(write_rows(table, ",", "\r\n"), "cp1252")


def excel_csv_of_a_mac(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r"), "mac-roman")


def excel_csv_ms_dos(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n"), "cp850")


def excel_csv_in_polish(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n"), "cp1250")


def excel_unicode_text(table: Table) -> Written:
    return Written(write_rows(table, "\t", "\r\n"), "utf-16-le", before=b"\xff\xfe")


def excel_from_its_separator_line(table: Table) -> Written:
    return Written(["sep=;\r\n", *write_rows(table, ";", "\r\n")], "utf-8", before=b"\xef\xbb\xbf")


def libreoffice(table: Table) -> Written:
    return Written(write_rows(table, ",", "\n"), "utf-8")


def libreoffice_all_in_quotation_marks(table: Table) -> Written:
    return Written(write_rows(table, ";", "\n", csv.QUOTE_ALL), "utf-8")


def numbers(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n"), "utf-8")


def google_sheets(table: Table) -> Written:
    *rows, last = write_rows(table, ",", "\r\n")
    return Written([*rows, last.removesuffix("\r\n")], "utf-8")


def google_sheets_as_tsv(table: Table) -> Written:
    return Written(["\t".join(row) + "\r\n" for row in _on_one_line(table)], "utf-8")


def excel_with_columns_that_were_cleared(table: Table) -> Written:
    return Written(write_rows([[*row, *[""] * 250] for row in table], ";", "\r\n"), "cp1252")


def outlook(table: Table) -> Written:
    return Written(write_rows(_without_ends(table), ",", "\r\n", csv.QUOTE_ALL), "cp1252")


def outlook_on_the_web(table: Table) -> Written:
    return Written(write_rows(_without_ends(table), ",", "\r\n"), "utf-8", before=b"\xef\xbb\xbf")


def access(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n", csv.QUOTE_ALL), "cp1252")


def filemaker(table: Table) -> Written:
    vertical = [[cell.replace("\n", "\v") for cell in row] for row in table]
    return Written(write_rows(vertical, ",", "\r", csv.QUOTE_ALL), "utf-8")


def sql_server(table: Table) -> Written:
    return Written(write_rows(table, "\t", "\r\n"), "utf-16-le")


def java_on_a_server(table: Table) -> Written:
    return Written(write_rows(table, "|", "\n"), "utf-16-be")


def dbase(table: Table) -> Written:
    *rows, last = write_rows(table, ",", "\r\n", csv.QUOTE_ALL)
    return Written([*rows, last.removesuffix("\r\n")], "cp850", after="\x1a\0\0")


def cobol(table: Table) -> Written:
    return Written(write_rows(table, ";", "\r\n"), "cp850", after="\x1a")


def script_with_spaces(table: Table) -> Written:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in table]
    return Written([", ".join(row) + "\n" for row in quoted], "utf-8")


EXPORTERS: tuple[Exporter, ...] = (
    excel_csv_utf_8,
    excel_csv_utf_8_in_german,
    excel_csv_in_german,
    excel_csv_in_english,
    excel_csv_of_a_mac,
    excel_csv_ms_dos,
    excel_csv_in_polish,
    excel_unicode_text,
    excel_from_its_separator_line,
    libreoffice,
    libreoffice_all_in_quotation_marks,
    numbers,
    google_sheets,
    google_sheets_as_tsv,
    excel_with_columns_that_were_cleared,
    outlook,
    outlook_on_the_web,
    access,
    filemaker,
    sql_server,
    java_on_a_server,
    dbase,
    cobol,
    script_with_spaces,
)

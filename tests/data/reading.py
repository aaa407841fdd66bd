"""A second, plain reading of the generated lists by the import's rules, to compare the manifest with."""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from shared.contracts import vocabulary

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+")


@dataclass
class ListOutcome:
    """What one file holds, by outcome, and the bad rows as (line, reason)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[int, str]] = field(default_factory=list)


def read_list(path: Path, known: dict[str, set[tuple[str, str]]]) -> ListOutcome:
    """Reads one list; `known` holds the affiliations by normalised address and is carried on."""
    mapping = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    records = read_rows(path, mapping)
    header = next(records)[1]
    found, references = ListOutcome(), set()
    for line, cells in records:
        reason = find_fault(mapping, header, cells)
        if reason:
            found.bad.append((line, reason))
            continue
        row = rename_columns(mapping, header, cells)
        if row["reference"] in references:
            found.outcomes["unchanged"] += 1
            continue
        references.add(row["reference"])
        address = normalise_email(row["email"])
        found.outcomes["affiliation" if address in known else "new"] += 1
        affiliation = (mapping["organisation"], row.get("programme") or mapping["programme"])
        assert affiliation not in known.setdefault(address, set())
        known[address].add(affiliation)
    return found


def read_rows(path: Path, mapping: dict[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line where a text editor shows its beginning."""
    encoding = "utf-8-sig" if mapping["encoding"] == "utf-8" else mapping["encoding"]
    text = path.read_bytes().decode(encoding, errors="surrogateescape")
    reader = csv.reader(StringIO(text, newline=""), delimiter=mapping["delimiter"], strict=True)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def rename_columns(mapping: dict[str, Any], header: list[str], cells: list[str]) -> dict[str, str]:
    by_header = dict(zip(header, cells, strict=True))
    row = {name: by_header[theirs] for name, theirs in mapping["columns"].items()}
    if "name" in row:
        row["family_name"], _, row["given_name"] = row["name"].partition(", ")
    return row


def find_fault(mapping: dict[str, Any], header: list[str], cells: list[str]) -> str | None:
    if len(cells) > len(header):
        return "columns"
    row = rename_columns(mapping, header, cells)
    checks = {
        "encoding": any("\udc80" <= sign <= "\udcff" for text in cells for sign in text),
        "control-character": any("\0" in text for text in cells),
        "too-long": any(len(text) > 200 for text in cells),
        "formula": any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in cells),
        "name-missing": not (row["family_name"].strip() or row["given_name"].strip()),
        "email-missing": not row["email"].strip(),
        "email-invalid": row["email"].strip() and not ADDRESS.fullmatch(normalise_email(row["email"])),
        "country-unknown": not all(vocabulary.find_country(row[name]) for name in ("origin", "residence")),
        "cohort-invalid": not (row["cohort"].isdigit() and 1950 <= int(row["cohort"]) <= 2026),
        "date-invalid": row["completed_on"] and not is_date(row["completed_on"], mapping["date_format"]),
    }
    reasons = [reason for reason, broken in checks.items() if broken]
    assert len(reasons) <= 1, "a bad row has exactly one fault"
    return reasons[0] if reasons else None


def is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def normalise_email(email: str) -> str:
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"

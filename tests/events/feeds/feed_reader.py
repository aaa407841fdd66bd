"""What the tests read out of a feed, as its readers do."""

import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree

from icalendar import Calendar, Event

FORMATS = ("ics", "atom", "csv", "json")
ATOM = "{http://www.w3.org/2005/Atom}"


def read_calendar(content: bytes) -> list[Event]:
    return [part for part in Calendar.from_ical(content).walk("VEVENT") if isinstance(part, Event)]


def read_calendar_name(content: bytes) -> str:
    """The name as clients show it: a text, as everything is whose type the standard doesn't know."""
    written = str(Calendar.from_ical(content)["X-WR-CALNAME"])
    return re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], written)


def read_table(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def read_items(content: bytes) -> list[dict[str, Any]]:
    return [entry["item"] for entry in json.loads(content)["itemListElement"]]


def read_titles(format: str, content: bytes) -> set[str]:
    if format == "ics":
        return {str(entry["SUMMARY"]).split(" (")[0] for entry in read_calendar(content)}
    if format == "csv":
        return {row["Title"] for row in read_table(content)}
    if format == "json":
        return {item["name"] for item in read_items(content)}
    return {
        entry.findtext(f"{ATOM}title") or "" for entry in ElementTree.fromstring(content).iter(f"{ATOM}entry")
    }

"""The organisations, missions, municipalities and programmes of the demo, read from the JSON files beside."""

import json
from functools import cache
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def organisations() -> list[Entry]:
    """Foundations, ministries, associations and others that the source texts name."""
    return _read("organisations")


def programmes() -> list[Entry]:
    """Programmes with the slug of their organisation."""
    return _read("programmes")


def missions() -> list[Entry]:
    """German missions abroad: embassies, consulates general, permanent missions."""
    return _read("missions")


def missions_in_germany() -> list[Entry]:
    """Embassies of other states in Berlin, where diplomats among the alumni are posted."""
    return _read("missions_in_germany")


def municipalities() -> list[Entry]:
    """The 396 municipalities of North Rhine-Westphalia, with place, district and official key (AGS)."""
    return _read("municipalities")


def all_organisations() -> list[Entry]:
    """Every organisation of any kind; slugs are unique among them."""
    return [*organisations(), *missions(), *missions_in_germany(), *municipalities()]


@cache
def _read(name: str) -> list[Entry]:
    entries: list[Entry] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return entries

"""The organisations, missions, municipalities and programmes of the demo, read from the JSON files beside."""

import json
from functools import cache
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def load_organisations() -> list[Entry]:
    """Foundations, ministries, associations and others that the source texts name."""
    return _load_entries("organisations")


def load_programmes() -> list[Entry]:
    """Programmes with the slug of their organisation."""
    return _load_entries("programmes")


def load_missions() -> list[Entry]:
    """German missions abroad: embassies, consulates general, permanent missions."""
    return _load_entries("missions")


def load_missions_in_germany() -> list[Entry]:
    """Embassies of other states in Berlin, where diplomats among the alumni are posted."""
    return _load_entries("missions_in_germany")


def load_municipalities() -> list[Entry]:
    """The 396 municipalities of North Rhine-Westphalia, with place, district and official key (AGS)."""
    return _load_entries("municipalities")


def load_all_organisations() -> list[Entry]:
    """Every organisation of any kind; slugs are unique among them."""
    return [*load_organisations(), *load_missions(), *load_missions_in_germany(), *load_municipalities()]


@cache
def _load_entries(name: str) -> list[Entry]:
    entries: list[Entry] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return entries

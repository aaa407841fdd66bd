"""Synthetic names, drawn from the common name parts of a country's region."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

UNACCENTED = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ø": "o", "Ø": "O", "ß": "ss", "’": "'"}
)


@dataclass(frozen=True, slots=True)
class Name:
    """A given and a family name in Latin letters, and in Cyrillic where that is the original."""

    given: str
    family: str
    group: str
    female: bool
    cyrillic: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class NameGroup:
    """The name parts of one region, and how its family names change for women."""

    group: str
    feminine: str
    countries: tuple[str, ...]
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]


@cache
def load_name_parts() -> dict[str, Any]:
    """All of names.json: the name parts, nicknames, and how Cyrillic letters are written in Latin ones."""
    content: dict[str, Any] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
    return content


@cache
def groups_by_country() -> dict[str, NameGroup]:
    """The name parts by country (ISO alpha-2)."""
    found = [
        NameGroup(
            group=row["group"],
            feminine=row["feminine"],
            countries=tuple(row["countries"]),
            female=tuple(row["female"]),
            male=tuple(row["male"]),
            family=tuple(row["family"]),
        )
        for row in load_name_parts()["groups"]
    ]
    return {country: group for group in found for country in group.countries}


def draw_name(random: Random, country: str) -> Name:
    """A random name as it is common in `country`; KeyError if no name parts are known for it."""
    group = groups_by_country()[country]
    female = random.random() < 0.5
    given = random.choice(group.female if female else group.male)
    family = random.choice(group.family)
    if female:
        family = feminine_form(family, group.feminine)
    if group.feminine == "cyrillic":
        return Name(in_english(given), in_english(family), group.group, female, (given, family))
    return Name(given, family, group.group, female)


def feminine_form(family: str, rule: str) -> str:
    if rule == "cyrillic":
        return family + "а" if family.endswith(("ов", "ев", "ёв", "ин")) else family
    if rule in ("slavic", "polish") and family.endswith(("ski", "cki")):
        return family[:-1] + "a"
    if rule == "slavic":
        return family + "a" if family.endswith(("ov", "ev", "in")) else family
    if rule == "czech":
        return family[:-1] + "á" if family.endswith("ý") else family.removesuffix("a") + "ová"
    return family


def in_english(text: str) -> str:
    """Russian in the letters that English readers expect: Kuznetsov, Dmitry, Yulia."""
    latin = "".join(load_name_parts()["english_letters"].get(sign, sign) for sign in text.lower())
    if latin.endswith("iya"):
        latin = latin[:-3] + "ia"
    return (latin[:-2] + "y" if latin.endswith("iy") else latin).capitalize()


def in_german(text: str) -> str:
    """Russian in the letters that German readers expect: Kusnezow, Dmitri, Julija."""
    latin = "".join(load_name_parts()["german_letters"].get(sign, sign) for sign in text.lower())
    return latin.removesuffix("j").capitalize() if latin.endswith("ij") else latin.capitalize()


def strip_diacritics(text: str) -> str:
    """Without any diacritics: Dvorak, Yildiz, Sorensen."""
    decomposed = unicodedata.normalize("NFKD", text.translate(UNACCENTED))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))

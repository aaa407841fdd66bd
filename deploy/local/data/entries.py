"""What each office writes down about a person: the values of one row, field by field."""

from dataclasses import dataclass
from datetime import date
from random import Random

from deploy.local.data.layouts import ADDRESS, SYNTHETIC, Layout
from deploy.local.data.mentorships import FIT, MANAGER, draw_business
from deploy.local.data.persons import Person
from deploy.local.data.spellings import in_windows_1252
from shared.contracts import vocabulary

DIPLOMATIC_THEMES = (
    "diplomacy",
    "foreign-policy",
    "climate",
    "migration",
    "democracy-and-elections",
    "disinformation",
    "culture",
    "south-east-europe",
)
DAAD_SCHEMES = ("", "daad-studienstipendium", "daad-forschungsstipendium", "helmut-schmidt-programm")
FELLOWSHIPS = (
    "humboldt-forschungsstipendium",
    "georg-forster-forschungsstipendium",
    "bundeskanzler-stipendium",
)


@dataclass(slots=True)
class Entry:
    """A person as one list has them; `email` as written there."""

    person: Person
    given: str
    family: str
    email: str
    reference: str = ""
    posting: str = ""

    @classmethod
    def from_person(cls, person: Person) -> "Entry":
        """The person under their own name and address."""
        return cls(person, person.name.given, person.name.family, person.email)


def row_values(layout: Layout, random: Random, entry: Entry) -> dict[str, str]:
    """One row's text by our field names."""
    person = entry.person
    row = {
        "reference": entry.reference,
        "given_name": entry.given,
        "family_name": entry.family,
        "name": f"{entry.family}, {entry.given}",
        "email": entry.email,
        "origin": layout.format_country(person.origin),
        "residence": layout.format_country(person.residence),
        SYNTHETIC: "synthetic" if layout.language == "en" else "synthetisch",
    }
    row |= OFFICES[layout.file](layout, random, entry)
    if layout.encoding == "windows-1252":
        row = {field: in_windows_1252(text) for field, text in row.items()}
    return row


def _diplomat_fields(layout: Layout, random: Random, entry: Entry) -> dict[str, str]:
    cohort = random.randint(1992, 2025)
    themes = random.sample(DIPLOMATIC_THEMES, random.choice((0, 0, 1, 2)))
    return {
        "cohort": str(cohort),
        "completed_on": layout.format_date(date(cohort, random.randint(2, 12), random.randint(1, 28))),
        "posting": entry.posting,
        ADDRESS: _office_address(random, entry),
        "language": entry.person.likely_language,
        "themes": _write_themes(random, themes),
    }


def _office_address(random: Random, entry: Entry) -> str:
    if entry.posting:
        return f"Botschaft ({entry.person.origin})\nMusterstraße {random.randint(1, 99)}\n10117 Berlin"
    if random.random() < 0.3:
        return f'Außenministerium, Referat "{random.randint(100, 599)}"\nPostfach {random.randint(100, 999)}'
    return ""


def _stipend_fields(layout: Layout, random: Random, entry: Entry) -> dict[str, str]:
    first = 2005 if entry.person.origin == "KZ" else 1998
    cohort = random.randint(first, 2025)
    return {
        "cohort": str(cohort),
        "completed_on": layout.format_date(date(cohort, 7, random.randint(24, 31))),
    }


def _entrepreneur_fields(layout: Layout, random: Random, entry: Entry) -> dict[str, str]:
    german = entry.reference.startswith("FIT")
    cohort = random.randint(2006, 2021)
    work = draw_business(random, entry.reference)
    regions = [vocabulary.region_name(slug, "de") if random.random() < 0.5 else slug for slug in work.regions]
    return {
        "programme": FIT if german else random.choice(("", MANAGER)),
        "cohort": str(cohort),
        "completed_on": layout.format_date(date(cohort, random.randint(1, 12), random.randint(1, 28))),
        "language": "de" if entry.person.origin == "DE" else random.choice(("ru", "en", "de")),
        "regions": "|".join(regions),
        "branch": work.branch,
        "themes": _write_themes(random, list(work.themes)),
        "languages": "|".join(work.languages),
        "advises": "ja" if work.advises else "nein",
    }


def _daad_fields(layout: Layout, random: Random, entry: Entry) -> dict[str, str]:
    cohort = random.randint(1985, 2024)
    ended = date(cohort + 1, random.randint(1, 12), random.randint(1, 28))
    return {
        "cohort": str(cohort),
        "completed_on": layout.format_date(ended if random.random() < 0.9 else None),
        "programme": random.choice(DAAD_SCHEMES),
    }


def _humboldt_fields(layout: Layout, random: Random, entry: Entry) -> dict[str, str]:
    cohort = random.randint(1980, 2024)
    return {
        "cohort": str(cohort),
        "completed_on": layout.format_date(date(cohort + random.randint(1, 2), random.randint(1, 12), 28)),
        "programme": random.choice(FELLOWSHIPS),
        "languages": "|".join(sorted({entry.person.likely_language, "en", random.choice(("de", "en"))})),
    }


def _write_themes(random: Random, slugs: list[str]) -> str:
    """Themes as offices write them: now the slug, now the German name."""
    return "|".join(vocabulary.theme_name(slug, "de") if random.random() < 0.5 else slug for slug in slugs)


OFFICES = {
    "diplomaten": _diplomat_fields,
    "ips": _stipend_fields,
    "unternehmer": _entrepreneur_fields,
    "daad": _daad_fields,
    "humboldt": _humboldt_fields,
}

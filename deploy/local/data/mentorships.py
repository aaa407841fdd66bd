"""The two stories of a brokered mentorship, and the entrepreneurs and regional desks that they need."""

from dataclasses import dataclass
from random import Random
from typing import Any

FIT = "fit-fuer-das-russlandgeschaeft"
MANAGER = "managerfortbildungsprogramm"
URALS = "ru-sverdlovsk-oblast"
RUHR = "de-nordrhein-westfalen"

RUSSIAN_REGIONS = (
    URALS,
    "ru-tatarstan",
    "ru-saint-petersburg",
    "ru-moscow",
    "ru-novosibirsk-oblast",
    "ru-kaluga-oblast",
    "ru-nizhny-novgorod-oblast",
    "ru-samara-oblast",
    "ru-krasnodar-krai",
    "ru-perm-krai",
)
GERMAN_REGIONS = (
    RUHR,
    "de-bayern",
    "de-baden-wuerttemberg",
    "de-sachsen",
    "de-niedersachsen",
    "de-hessen",
    "de-hamburg",
    "de-berlin",
)
BRANCHES = (
    "Gießerei",
    "Maschinenbau",
    "Landtechnik",
    "Logistik",
    "Medizintechnik",
    "Softwareentwicklung",
    "Baustoffe",
    "Verpackung",
    "Messtechnik",
    "Lebensmittelverarbeitung",
)
THEMES = (
    "market-entry",
    "trade",
    "entrepreneurship",
    "mechanical-engineering",
    "foundry-industry",
    "logistics",
    "digitalisation",
    "agriculture",
    "knowledge-transfer",
)


@dataclass(frozen=True, slots=True)
class Business:
    """What the entrepreneurs' list says of one of them beside name and address."""

    regions: tuple[str, ...]
    branch: str
    themes: tuple[str, ...]
    languages: tuple[str, ...]
    advises: bool


FOUNDRY = ("foundry-industry", "market-entry")
STORY: dict[str, Business] = {
    "FIT-001": Business((RUHR,), "Gießerei", FOUNDRY, ("de", "en"), False),
    "FIT-002": Business((URALS, RUHR), "Maschinenbau", ("market-entry",), ("de", "ru"), True),
    "FIT-003": Business((URALS,), "Gießerei", FOUNDRY, ("de", "ru"), True),
    "FIT-004": Business((RUHR,), "Logistik", ("market-entry", "logistics"), ("de", "ru", "en"), True),
    "FIT-005": Business((RUHR, "de-hessen"), "Maschinenbau", ("trade",), ("de", "en"), True),
    "FIT-006": Business((RUHR,), "Messtechnik", ("market-entry", "trade"), ("de", "ru"), True),
    "FIT-007": Business((RUHR, URALS), "Gießerei", FOUNDRY, ("de", "en", "ru"), True),
    "FIT-008": Business((RUHR,), "Verpackung", ("market-entry", "entrepreneurship"), ("de", "en"), True),
    "FIT-009": Business(("de-berlin",), "Softwareentwicklung", ("digitalisation",), ("de", "ru"), True),
    "MP-001": Business((URALS,), "Messtechnik", ("market-entry", "trade"), ("ru", "de"), False),
    "MP-002": Business((URALS,), "Maschinenbau", ("mechanical-engineering",), ("ru", "de"), True),
    "MP-003": Business((URALS,), "Gießerei", FOUNDRY, ("ru", "de"), True),
    "MP-004": Business((URALS, "ru-perm-krai"), "Gießerei", ("foundry-industry",), ("ru", "en"), True),
    "MP-005": Business((URALS,), "Logistik", ("market-entry", "logistics"), ("ru", "de", "en"), True),
    "MP-006": Business(("ru-moscow", RUHR), "Softwareentwicklung", ("digitalisation",), ("ru", "de"), True),
    "MP-007": Business(("ru-moscow",), "Baustoffe", ("trade",), ("ru", "en"), True),
    "MP-008": Business(("ru-tatarstan",), "Landtechnik", ("agriculture",), ("ru", "de"), True),
}


def draw_business(random: Random, reference: str) -> Business:
    """The story's own for its references; for all others a random one, one in ten without any region."""
    if reference in STORY:
        return STORY[reference]
    german = reference.startswith("FIT")
    home, abroad = (GERMAN_REGIONS, RUSSIAN_REGIONS) if german else (RUSSIAN_REGIONS, GERMAN_REGIONS)
    regions = random.sample(home, 1) + random.sample(abroad, random.randint(0, 2))
    return Business(
        tuple(regions) if random.random() < 0.9 else (),
        random.choice(BRANCHES),
        tuple(random.sample(THEMES, random.randint(1, 3))),
        ("de" if german else "ru", *random.sample(("en", "ru" if german else "de"), random.randint(0, 2))),
        random.random() < 0.6,
    )


def list_desks() -> list[dict[str, Any]]:
    """The regional desks: contact persons and their deputies as references of the list `unternehmer`.

    The desks of `germany` and `russia` are the national ones, where what nobody took ends up.
    """
    return [
        {"region": URALS, "contacts": ["MP-002"], "deputies": ["FIT-002"]},
        {"region": RUHR, "contacts": ["FIT-004"], "deputies": ["FIT-005"]},
        {"region": "ru-tatarstan", "contacts": ["MP-008"], "deputies": ["MP-007"]},
        {"region": "russia", "contacts": ["MP-007"], "deputies": ["MP-006"]},
        {"region": "germany", "contacts": ["FIT-009"], "deputies": ["FIT-004"]},
    ]


def list_mentorships() -> list[dict[str, Any]]:
    """Who asks about which region, and which advisers the desk's ranking must hold (references, unordered)."""
    return [
        {
            "slug": "german-entrepreneur-asks-about-the-urals",
            "organisation": "giz",
            "requester": "FIT-001",
            "kind": "adviser",
            "region": URALS,
            "themes": list(FOUNDRY),
            "languages": ["de"],
            "branch": "Gießerei",
            "text": "Wir liefern Gussteile für Pumpen und suchen Rat zu Partnern und Normen im Gebiet Swerdlowsk.",
            "text_language": "de",
            "desk": URALS,
            "candidates": ["MP-003", "MP-005", "FIT-003", "FIT-007"],
            "accepts": "MP-003",
        },
        {
            "slug": "russian-entrepreneur-asks-about-germany",
            "organisation": "giz",
            "requester": "MP-001",
            "kind": "adviser",
            "region": RUHR,
            "themes": ["market-entry", "trade"],
            "languages": ["de", "ru"],
            "branch": "Messtechnik",
            "text": "Мы производим измерительные приборы и ищем совет о рынке Северного Рейна — Вестфалии.",
            "text_language": "ru",
            "desk": RUHR,
            "candidates": ["FIT-006", "FIT-007", "FIT-008", "MP-006"],
            "accepts": "FIT-006",
        },
    ]

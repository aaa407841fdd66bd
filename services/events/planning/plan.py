"""An offer as the form has it: dates in rows, of which empty ones say nothing."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import Field
from starlette.datastructures import FormData

from services.events.offers.drafts import DraftOffer
from shared.contracts import vocabulary

MOST_ROWS = 200
# Those of the vocabulary that gatherings are held in, before all others.
LANGUAGES = ("de", "en", "fr", "es", "pt", "ru", "uk", "ar", "tr", "zh", "ja", "vi", "id", "fa")
# Names with a place, as people know them; "Etc/…" are none.
TIMEZONES = tuple(
    sorted(zone for zone in available_timezones() if re.match(r"(?!Etc|SystemV|US/)[A-Z]\w+/", zone))
)


class PlanOffer(DraftOffer):
    """`DraftOffer` as a form says it: figures as texts, and a box that isn't ticked as nothing."""

    places: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    waiting_list: bool = False


def count_rows(posted: FormData) -> int:
    """How many rows the form had."""
    numbers = [int(found[1]) for name in posted if (found := re.fullmatch(r"starts_([0-9]{1,3})", name))]
    return min(max(numbers, default=1), MOST_ROWS)


def read_occurrences(posted: FormData) -> list[Mapping[str, Any]]:
    """What the rows say, as `DraftOffer` takes it."""
    rows = [
        {part: str(posted.get(f"{part}_{n}", "")).strip() for part in ("starts", "ends")}
        for n in range(1, count_rows(posted) + 1)
    ]
    return [row for row in rows if any(row.values())]


def list_choices() -> Mapping[str, Any]:
    """What the form's fields are chosen from, as codes."""
    return {
        "kinds": list(vocabulary.kinds()),
        "themes": list(vocabulary.themes()),
        "countries": list(vocabulary.countries()),
        "all_languages": list(vocabulary.languages()),
        "spoken": LANGUAGES,
        "timezones": TIMEZONES,
    }

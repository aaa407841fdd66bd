"""An offer as the form has it: dates in rows, of which empty ones say nothing."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field
from starlette.datastructures import FormData

from services.events.offers.drafts import DraftOffer
from services.events.offers.offers import StoredOffer
from services.events.planning.changing import ChangeOffer
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


class RewriteOffer(ChangeOffer):
    """`ChangeOffer` in the same way."""

    waiting_list: bool = False


def spell_offer(offer: StoredOffer) -> Mapping[str, Any]:
    """What the form holds of an offer as it is."""
    closes = offer.registration_closes
    return {
        **offer.model_dump(include=set(ChangeOffer.model_fields) - {"occurrences"}),
        "registration_closes": closes and _spell_time(closes.astimezone(ZoneInfo(offer.timezone))),
        **{f"starts_{n}": _spell_time(each.starts) for n, each in enumerate(offer.occurrences, start=1)},
        **{f"ends_{n}": _spell_time(each.ends) for n, each in enumerate(offer.occurrences, start=1)},
    }


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


def _spell_time(local: datetime) -> str:
    """As a field for a date and a time takes it: without a zone, and seconds where there are some."""
    return local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")

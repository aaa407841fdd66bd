"""The filters beside the list: each value with what choosing it would leave, what is set, what emptied the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.events.offers.query import GROUPS, ActiveFilter, OfferQuery
from services.events.overview.facets import Facets
from shared.i18n.dates import Dates
from shared.i18n.texts import Words

VISIBLE = {"region": 5, "month": 12}
VISIBLE_ELSEWHERE = 6
OPENED = ("region", "country", "organisation", "mode")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a group, with the number of offers that choosing it alone would leave."""

    value: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A filter group; `choices` are seen at once, `more` on demand."""

    name: str
    choices: Sequence[Choice]
    more: Sequence[Choice]
    opened: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address without it; `group` is its key in the words."""

    group: str
    value: str
    address: str


class Naming:
    """Names the values of filters in one language."""

    def __init__(self, words: Words, dates: Dates, names: Mapping[str, str]) -> None:
        self._words = words
        self._dates = dates
        self._names = names

    def value(self, active: ActiveFilter) -> str:
        """What a person calls this value; the value itself where there is no name."""
        if active.group == "organisation":
            return self._names.get(active.value, active.value)
        if active.group == "month":
            return self._dates.month(date.fromisoformat(f"{active.value}-01"))
        if active.group in ("q", "places_left"):
            return active.value
        return self._words.term(active.group, active.value)

    def spoken(self, active: ActiveFilter) -> str:
        """Region: Europe; or Places left."""
        group = self._words(f"filter.{active.group}")
        return group if active.group == "places_left" else f"{group}: {self.value(active)}"


def groups(query: OfferQuery, everything: Facets, here: Facets, naming: Naming, month: str) -> list[Group]:
    """The groups with their values: all that any offer has, and those that were asked for; no month before `month`."""
    found = [_group(query, name, everything[name], here[name], naming, month) for name in GROUPS]
    return [group for group in found if group.choices]


def _group(
    query: OfferQuery,
    name: str,
    everything: Mapping[str, int],
    here: Mapping[str, int],
    naming: Naming,
    month: str,
) -> Group:
    chosen = query.values_of(name)
    values = [value for value in everything if name != "month" or value >= month]
    values += [value for value in chosen if value not in values]
    choices = [
        Choice(value, naming.value(ActiveFilter(name, value)), here.get(value, 0), value in chosen)
        for value in values
    ]
    if name == "month":
        choices.sort(key=lambda choice: choice.value)
    else:
        choices.sort(key=lambda choice: (-everything.get(choice.value, 0), choice.name))
    visible = VISIBLE.get(name, VISIBLE_ELSEWHERE)
    seen = [c for place, c in enumerate(choices) if place < visible or c.chosen]
    rest = [c for place, c in enumerate(choices) if place >= visible and not c.chosen]
    return Group(name, seen, rest, name in OPENED or bool(chosen))


def chips(query: OfferQuery, naming: Naming) -> list[Chip]:
    """What is set, each with the address that drops it."""
    return [
        Chip(
            group=active.group,
            value="" if active.group == "places_left" else naming.value(active),
            address=query.without(active).build_link("/"),
        )
        for active in query.active_filters
    ]

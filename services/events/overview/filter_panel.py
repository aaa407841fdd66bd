"""The filters beside the list: each value with what choosing it would leave, what is set, what emptied the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.events.offers.query import FILTER_GROUPS, ActiveFilter, OfferQuery
from services.events.overview.facets import Facets
from services.events.texts import name_mode
from shared.contracts.vocabulary import term_name
from shared.folding import sorting_key
from shared.i18n.dates import get_date_formatter
from shared.i18n.texts import Texts

VISIBLE = {"region": 5, "month": 12}
VISIBLE_ELSEWHERE = 6
OPENED = ("region", "country", "organisation", "mode")


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One value of a group, with the number of offers that choosing it alone would leave."""

    value: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A filter group; `choices` are seen at once, `more` on demand."""

    name: str
    label: str
    choices: Sequence[FilterChoice]
    more: Sequence[FilterChoice]
    opened: bool


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is set, and the address without it; `label` names its group."""

    label: str
    value: str
    url: str


class FilterNames:
    """Names the values of filters in one language."""

    def __init__(self, texts: Texts, names: Mapping[str, str]) -> None:
        self._texts = texts
        self._dates = get_date_formatter(texts.language)
        self._names = names

    def name_group(self, group: str) -> str:
        """What a person calls a group, or `q` or `places_left`."""
        return {
            "places_left": self._texts.gettext("Places left"),
            "region": self._texts.gettext("Region"),
            "country": self._texts.gettext("Country"),
            "organisation": self._texts.gettext("Organisation"),
            "theme": self._texts.gettext("Theme"),
            "kind": self._texts.gettext("Kind"),
            "mode": self._texts.gettext("Mode"),
            "language": self._texts.gettext("Language"),
            "month": self._texts.gettext("Month"),
            "q": self._texts.gettext("Search"),
        }[group]

    def name_value(self, active: ActiveFilter) -> str:
        """What a person calls this value; the value itself where there is no name."""
        if active.group == "organisation":
            return self._names.get(active.value, active.value)
        if active.group == "month":
            return self._dates.format_month(date.fromisoformat(f"{active.value}-01"))
        if active.group in ("q", "places_left"):
            return active.value
        if active.group == "mode":
            return name_mode(active.value, self._texts)
        return term_name(active.group, active.value, self._texts.language)

    def describe(self, active: ActiveFilter) -> str:
        """Region: Europe; or Places left."""
        group = self.name_group(active.group)
        return group if active.group == "places_left" else f"{group}: {self.name_value(active)}"


def build_groups(
    query: OfferQuery, all_counts: Facets, counts: Facets, names: FilterNames, first_month: str
) -> list[FilterGroup]:
    """The groups with their values: all that any offer has, and those that were asked for; no month before
    `first_month`. `counts` are with the filters that are set, `all_counts` without any."""
    groups = [
        _build_group(query, group, all_counts[group], counts[group], names, first_month)
        for group in FILTER_GROUPS
    ]
    return [group for group in groups if group.choices]


def _build_group(
    query: OfferQuery,
    group: str,
    all_counts: Mapping[str, int],
    counts: Mapping[str, int],
    names: FilterNames,
    first_month: str,
) -> FilterGroup:
    chosen = query.values_of(group)
    offered = [value for value in all_counts if group != "month" or value >= first_month]
    choices = [
        FilterChoice(
            value, names.name_value(ActiveFilter(group, value)), counts.get(value, 0), value in chosen
        )
        for value in dict.fromkeys([*offered, *chosen])
    ]
    if group == "month":
        choices.sort(key=lambda choice: choice.value)
    else:
        choices.sort(key=lambda choice: (-all_counts.get(choice.value, 0), sorting_key(choice.name)))
    most = VISIBLE.get(group, VISIBLE_ELSEWHERE)
    visible = [choice for rank, choice in enumerate(choices) if rank < most or choice.chosen]
    more = [choice for rank, choice in enumerate(choices) if not (rank < most or choice.chosen)]
    return FilterGroup(group, names.name_group(group), visible, more, opened=group in OPENED or bool(chosen))


def build_chips(query: OfferQuery, names: FilterNames) -> list[FilterChip]:
    """What is set, each with the address that drops it."""
    return [
        FilterChip(
            label=names.name_group(active.group),
            value="" if active.group == "places_left" else names.name_value(active),
            url=query.without(active).build_link("/"),
        )
        for active in query.active_filters
    ]

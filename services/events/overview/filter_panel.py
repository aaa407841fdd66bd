"""The filters beside the list: each value with what choosing it would leave, what is set, what emptied the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.events.offers.filter_names import FilterNames
from services.events.offers.query import FILTER_GROUPS, ActiveFilter, OfferQuery
from services.events.overview.facets import Facets
from shared.folding import sorting_key

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

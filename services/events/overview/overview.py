"""The overview of all offers: what a filter leaves, and what a person needs to know beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.events.offers import offers
from services.events.offers.filter_names import FilterNames
from services.events.offers.offers import StoredOffer
from services.events.offers.query import OfferQuery
from services.events.offers.rows import OfferRow, RowBuilder
from services.events.offers.rules import VISIBLE_STATES
from services.events.overview import facets
from services.events.overview.boards import (
    CountryTable,
    MonthRows,
    build_country_table,
    build_month_board,
    group_by_month,
    sort_rows,
)
from services.events.overview.filter_panel import (
    FilterChip,
    FilterGroup,
    build_chips,
    build_groups,
)
from services.events.replicas import organisations
from services.events.texts import DOMAIN
from shared.i18n.texts import load_texts
from shared.postgres.pool import Tx

MOST_OFFERS = 2000
PER_PAGE = 60


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A way out of an empty list: the filter that emptied it, or the one that would leave something `alone`.

    `count` offers are at `url`, which drops the one, or keeps only the other.
    """

    text: str
    count: int
    url: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page says. `total`, `organisations` and `countries` are of all that is ahead."""

    query: OfferQuery
    language: str
    total: int
    organisations: int
    countries: int
    places_left_count: int
    groups: Sequence[FilterGroup]
    chips: Sequence[FilterChip]
    offers: Sequence[StoredOffer]
    row_builder: RowBuilder
    suggestion: Suggestion | None

    @property
    def count(self) -> int:
        """How many offers the filter leaves."""
        return len(self.offers)

    def sort_rows(self) -> Sequence[OfferRow]:
        """All rows by the month and the day that each is listed by."""
        return sort_rows(self.row_builder.build_row(offer, self.query.month) for offer in self.offers)

    @property
    def page(self) -> int:
        """The page that is shown: the last one for whoever asks for a later one."""
        return max(1, min(self.query.page, -(-self.count // PER_PAGE)))

    def page_by_month(self, rows: Sequence[OfferRow]) -> Sequence[MonthRows]:
        """This page of the list, by month."""
        start = (self.page - 1) * PER_PAGE
        return group_by_month(rows[start : start + PER_PAGE])

    def rows_after_page(self, rows: Sequence[OfferRow]) -> Sequence[OfferRow]:
        """The rows behind this page."""
        return rows[self.page * PER_PAGE :]

    def build_month_board(self) -> Sequence[MonthRows]:
        """The month board."""
        return build_month_board(self.offers, self.row_builder, self.query.month)

    def build_country_table(self) -> CountryTable:
        """The country board."""
        return build_country_table(self.offers, self.language, self.query.month)


async def read_overview(tx: Tx, query: OfferQuery, language: str, now: datetime) -> Overview:
    """Read what the page needs: six statements, whatever the number of offers."""
    texts = load_texts(language, DOMAIN)
    wanted = query.build_filter(now, *VISIBLE_STATES)
    unfiltered = query.without_filters().build_filter(now, *VISIBLE_STATES)
    all_counts = await facets.count_facets(tx, unfiltered)
    counts = await facets.count_facets(tx, wanted) if query.active_filters else all_counts
    names = await organisations.read_names(tx)
    found = await offers.list_offers(tx, wanted, MOST_OFFERS)
    filter_names = FilterNames(texts, names)
    return Overview(
        query=query,
        language=language,
        total=await offers.count_offers(tx, unfiltered),
        organisations=len(all_counts["organisation"]),
        countries=len(all_counts["country"]),
        places_left_count=await offers.count_offers(tx, replace(wanted, places_left=True)),
        groups=build_groups(query, all_counts, counts, filter_names, f"{now:%Y-%m}"),
        chips=build_chips(query, filter_names),
        offers=found,
        row_builder=RowBuilder(texts, names),
        suggestion=None if found else await _find_suggestion(tx, query, filter_names, now),
    )


async def _find_suggestion(
    tx: Tx, query: OfferQuery, filter_names: FilterNames, now: datetime
) -> Suggestion | None:
    """Drop the one filter without which the most is left, or else keep only the one that leaves the most."""
    for alone in (False, True):
        suggestions = [
            await _build_suggestion(tx, group, alone, query, filter_names, now)
            for group in dict.fromkeys(active.group for active in query.active_filters)
        ]
        best = max(suggestions, key=lambda suggestion: suggestion.count, default=None)
        if best is not None and best.count:
            return best
    return None


async def _build_suggestion(
    tx: Tx, group: str, alone: bool, query: OfferQuery, filter_names: FilterNames, now: datetime
) -> Suggestion:
    left = query.with_group_only(group) if alone else query.without_group(group)
    chosen = [active for active in query.active_filters if active.group == group]
    text = filter_names.describe(chosen)
    count = await offers.count_offers(tx, left.build_filter(now, *VISIBLE_STATES))
    return Suggestion(text, count, left.build_link("/"), alone)

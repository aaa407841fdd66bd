"""Offers by month, and by country and month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.events.offers.occurrences import LocalOccurrence, list_upcoming
from services.events.offers.offers import StoredOffer
from services.events.offers.rows import OfferRow, RowBuilder
from shared.contracts.vocabulary import term_name
from shared.folding import sorting_key

MONTH_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class MonthRows:
    """The rows of one month, which begins on `first`."""

    first: date
    rows: Sequence[OfferRow]

    @property
    def key(self) -> str:
        """YYYY-MM."""
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A country's offers: for each column of the table how many have an occurrence then, and how many in all."""

    code: str
    name: str
    counts: Sequence[int]
    total: int


@dataclass(frozen=True, slots=True)
class CountryTable:
    """Countries by the months of `columns`; if `later`, a last count is of all months behind them."""

    columns: Sequence[date]
    later: bool
    countries: Sequence[CountryRow]


def group_by_month(rows: Sequence[OfferRow]) -> list[MonthRows]:
    """Rows under the month that each is listed in."""
    return [
        MonthRows(date.fromisoformat(f"{month}-01"), list(group))
        for month, group in groupby(rows, key=lambda row: row.occurrence.month)
    ]


def build_month_board(
    offers: Sequence[StoredOffer], row_builder: RowBuilder, months: tuple[str, ...]
) -> list[MonthRows]:
    """Each offer under each month that it has an occurrence in, in one of `months` if there are any."""
    rows = [
        row_builder.build_row_at(offer, occurrence)
        for offer in offers
        for occurrence in _first_by_month(offer).values()
        if not months or occurrence.month in months
    ]
    return group_by_month(sorted(rows, key=lambda row: (row.occurrence.month, row.occurrence.starts)))


def build_country_table(offers: Sequence[StoredOffer], language: str) -> CountryTable:
    """How many offers there are in each country in each of the next months that have any."""
    placed = [(offer.country, set(_first_by_month(offer))) for offer in offers if offer.country]
    months = sorted({month for _, touched in placed for month in touched})
    columns, later = months[:MONTH_COLUMNS], months[MONTH_COLUMNS:]
    countries = []
    for code in {code for code, _ in placed}:
        here = [touched for country, touched in placed if country == code]
        counts = [sum(month in touched for touched in here) for month in columns]
        if later:
            counts.append(sum(not touched.isdisjoint(later) for touched in here))
        countries.append(CountryRow(code, term_name("country", code, language), counts, len(here)))
    countries.sort(key=lambda country: (-country.total, sorting_key(country.name)))
    return CountryTable([date.fromisoformat(f"{month}-01") for month in columns], bool(later), countries)


def _first_by_month(offer: StoredOffer) -> Mapping[str, LocalOccurrence]:
    """The first upcoming occurrence of each month; of an offer whose occurrences are over, its last one."""
    return {occurrence.month: occurrence for occurrence in reversed(list_upcoming(offer))}

"""Offers by month, and by country and month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.events.offers.occurrences import place_in_months
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
    """Countries by the months of `columns`; if `later`, a last count is of all months behind them. `elsewhere` is
    how many offers have no country."""

    columns: Sequence[date]
    later: bool
    countries: Sequence[CountryRow]
    elsewhere: int


def sort_rows(rows: Iterable[OfferRow]) -> list[OfferRow]:
    """Rows by the month that each is listed under, by their start, and by title."""
    return sorted(rows, key=lambda row: (row.month, row.occurrence.starts, sorting_key(row.offer.title)))


def group_by_month(rows: Sequence[OfferRow]) -> list[MonthRows]:
    """Sorted rows under the month that each is listed under."""
    return [
        MonthRows(first, list(group)) for first, group in groupby(rows, key=lambda row: row.first_of_month)
    ]


def build_month_board(
    offers: Sequence[StoredOffer], row_builder: RowBuilder, months: tuple[str, ...]
) -> list[MonthRows]:
    """Each offer under each month that it touches, of `months` if there are any."""
    rows = [
        row_builder.build_row_at(offer, month, occurrence)
        for offer in offers
        for month, occurrence in place_in_months(offer, months).items()
    ]
    return group_by_month(sort_rows(rows))


def build_country_table(
    offers: Sequence[StoredOffer], language: str, months: tuple[str, ...]
) -> CountryTable:
    """How many offers there are in each country in each of the next months that have any, of `months` if there are
    any."""
    placed = [(offer.country, set(place_in_months(offer, months))) for offer in offers if offer.country]
    touched_months = sorted({month for _, touched in placed for month in touched})
    columns, later = touched_months[:MONTH_COLUMNS], touched_months[MONTH_COLUMNS:]
    countries = []
    for code in {code for code, _ in placed}:
        here = [touched for country, touched in placed if country == code]
        counts = [sum(month in touched for touched in here) for month in columns]
        if later:
            counts.append(sum(not touched.isdisjoint(later) for touched in here))
        countries.append(CountryRow(code, term_name("country", code, language), counts, len(here)))
    countries.sort(key=lambda country: (-country.total, sorting_key(country.name)))
    columns_first = [date.fromisoformat(f"{month}-01") for month in columns]
    return CountryTable(columns_first, bool(later), countries, elsewhere=len(offers) - len(placed))

"""The three views of the overview, whatever the offers and the filter: none is lost, and each count is true."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.events.offers.offers import StoredOffer
from services.events.offers.query import OfferQuery
from services.events.offers.rows import RowBuilder
from services.events.overview.boards import build_country_table
from services.events.overview.overview import PER_PAGE, Overview
from services.events.texts import DOMAIN
from shared.i18n.texts import load_texts
from tests.events.paper_offers import NOW, build_offer

TODAY = NOW.replace(tzinfo=None)
MONTHS = tuple(f"{year}-{month:02}" for year in (2026, 2027) for month in range(1, 13))
ZONES = ("Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu")


SPANS = st.tuples(
    st.integers(-200 * 24, 200 * 24).map(lambda hours: TODAY + timedelta(hours=hours)),
    st.sampled_from([2, 13, 24, 24 * 3, 24 * 40, 24 * 365]).map(lambda hours: timedelta(hours=hours)),
).map(lambda span: (span[0], span[0] + span[1]))
OFFERS = st.lists(
    st.builds(
        build_offer,
        st.lists(SPANS, min_size=1, max_size=4),
        st.sampled_from(ZONES),
        country=st.sampled_from(["AT", "AL", None]),
    ).filter(lambda offer: offer.ends_at > NOW),
    max_size=8,
)
CHOSEN = st.lists(st.sampled_from(MONTHS), max_size=3, unique=True).map(tuple)


def open_overview(offers: Sequence[StoredOffer], months: tuple[str, ...], page: int = 1) -> Overview:
    """The overview of the offers that the months leave, as the database selects them."""
    left = [offer for offer in offers if not months or set(months) & set(offer.months)]
    rows = RowBuilder(load_texts("en", DOMAIN), {})
    query = OfferQuery(month=months, page=page)
    return Overview(query, "en", 0, 0, 0, 0, (), (), left, rows, None)


@settings(max_examples=40)
@given(OFFERS, CHOSEN)
def test_the_list_has_each_offer_once_in_a_month_that_was_asked_for(
    offers: Sequence[StoredOffer], months: tuple[str, ...]
) -> None:
    page = open_overview(offers, months)

    listed = page.page_by_month(page.sort_rows())
    assert sorted(row.offer.offer for month in listed for row in month.rows) == sorted(
        o.offer for o in page.offers
    )
    assert [month.key for month in listed] == sorted({month.key for month in listed})
    for month in listed:
        assert month.key in months if months else month.key >= "2026-12"
        for row in month.rows:
            assert month.key in row.occurrence.months
            assert row.began_before == (row.occurrence.month < month.key)


@settings(max_examples=40)
@given(OFFERS, CHOSEN)
def test_a_month_of_the_board_has_what_its_filter_leaves(
    offers: Sequence[StoredOffer], months: tuple[str, ...]
) -> None:
    page = open_overview(offers, months)
    board = {month.key: [row.offer for row in month.rows] for month in page.build_month_board()}

    assert {offer.offer for column in board.values() for offer in column} == {o.offer for o in page.offers}
    for month in months or [month for month in (*MONTHS, "2028-01") if month >= "2026-12"]:
        left = open_overview(offers, (month,)).offers
        assert sorted(o.offer for o in board.get(month, [])) == sorted(o.offer for o in left)


@settings(max_examples=40)
@given(OFFERS, CHOSEN)
def test_the_countries_count_what_their_links_lead_to(
    offers: Sequence[StoredOffer], months: tuple[str, ...]
) -> None:
    page = open_overview(offers, months)
    table = build_country_table(page.offers, "en", months)

    assert sum(country.total for country in table.countries) + table.elsewhere == page.count
    for country in table.countries:
        for first, count in zip(table.columns, country.counts, strict=False):
            left = open_overview(offers, (f"{first:%Y-%m}",)).offers
            assert count == sum(offer.country == country.code for offer in left)


@settings(max_examples=40)
@given(st.integers(0, 3 * PER_PAGE), st.integers(1, 9999))
def test_each_page_shows_something_and_says_what_is_behind_it(count: int, asked: int) -> None:
    offer = build_offer([(TODAY, TODAY + timedelta(hours=2))], "Europe/Berlin")
    page = open_overview([offer] * count, (), asked)
    rows = page.sort_rows()

    shown = sum(len(month.rows) for month in page.page_by_month(rows))
    assert bool(shown) == bool(count)
    assert (page.page - 1) * PER_PAGE + shown + len(page.rows_after_page(rows)) == count

"""What every form of feed is written from: the offers that a filter leaves, and the texts to write them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.events.offers import offers
from services.events.offers.filter_names import FilterNames
from services.events.offers.offers import StoredOffer
from services.events.offers.query import OfferQuery
from services.events.offers.rows import RowBuilder
from services.events.offers.rules import VISIBLE_STATES, LifecycleState
from services.events.replicas import organisations
from services.events.texts import DOMAIN
from shared.contracts.vocabulary import term_name
from shared.i18n.texts import Texts, load_texts
from shared.postgres.pool import Tx

MOST_OFFERS = 2000
RECENT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What a feed is asked for: `service_url` is where, without a slash at its end."""

    query: OfferQuery
    language: str
    service_url: str


@dataclass(frozen=True, slots=True)
class OfferFeed:
    """Offers by their start, with the texts to write them in; `title` says what they have in common.

    `changed_at` is when any offer changed last, or the beginning of the day if that is later: what is over leaves.
    """

    offers: Sequence[StoredOffer]
    title: str
    request: FeedRequest
    texts: Texts
    row_builder: RowBuilder
    changed_at: datetime

    def name_term(self, group: str, code: str) -> str:
        """The vocabulary's name of a code in the feed's language."""
        return term_name(group, code, self.request.language)

    def page_url(self, offer: StoredOffer) -> str:
        """The address of the offer's page."""
        return f"{self.request.service_url}/events/{offer.slug}"

    def list_url(self, path: str) -> str:
        """The feed's own address at `path`, or the overview's with these filters at "/"."""
        return self.request.service_url + self.request.query.build_feed_link(path)


async def read_upcoming(tx: Tx, request: FeedRequest, now: datetime) -> OfferFeed:
    """The offers that aren't over by the beginning of the day (UTC), cancelled ones too."""
    return await _read_feed(tx, request, _last_midnight(now), _last_midnight(now), *VISIBLE_STATES)


async def read_upcoming_and_recent(tx: Tx, request: FeedRequest, now: datetime) -> OfferFeed:
    """Those, and what was over within the last 90 days, which a calendar should not lose at once."""
    since = _last_midnight(now) - RECENT
    return await _read_feed(
        tx, request, since, _last_midnight(now), *VISIBLE_STATES, LifecycleState.COMPLETED
    )


async def read_single(tx: Tx, slug: str, request: FeedRequest) -> OfferFeed:
    """One offer alone. Raises `NotFound`."""
    offer = await offers.read_by_slug(tx, slug)
    return await _build_feed(tx, [offer], request, offer.revised_at, offer.title)


async def _read_feed(
    tx: Tx, request: FeedRequest, since: datetime, midnight: datetime, *states: LifecycleState
) -> OfferFeed:
    found = await offers.list_offers(tx, request.query.build_filter(since, *states), MOST_OFFERS)
    changed = await tx.fetchval("SELECT max(changed_at) FROM offer WHERE state <> 'draft'")
    return await _build_feed(tx, found, request, max(changed or midnight, midnight))


async def _build_feed(
    tx: Tx, found: Sequence[StoredOffer], request: FeedRequest, changed_at: datetime, title: str = ""
) -> OfferFeed:
    texts, names = load_texts(request.language, DOMAIN), await organisations.read_names(tx)
    title = title or _describe_query(request.query, FilterNames(texts, names), texts)
    return OfferFeed(found, f"Alumnibus: {title}", request, texts, RowBuilder(texts, names), changed_at)


def _describe_query(query: OfferQuery, filter_names: FilterNames, texts: Texts) -> str:
    return filter_names.describe_all(query.active_filters) or texts.gettext("Offers of all organisations")


def _last_midnight(now: datetime) -> datetime:
    return datetime.combine(now.date(), time(), now.tzinfo)

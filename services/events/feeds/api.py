"""The HTTP API of the feeds: the overview's filters as calendar, Atom, table and linked data."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.events.feeds.atom import write_offers_atom
from services.events.feeds.csv_table import write_table
from services.events.feeds.feed import (
    FeedRequest,
    OfferFeed,
    read_single,
    read_upcoming,
    read_upcoming_and_recent,
)
from services.events.feeds.ics import write_calendar
from services.events.feeds.linked_data import write_linked_data
from services.events.offers.query import OfferQuery
from shared.access.serving import PUBLIC
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web import atom as atom_format
from shared.web import csv_table as csv_format
from shared.web.addresses import service_url
from shared.web.feeds import FeedFormat, answer_feed
from shared.web.query import PageQuery

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
METHODS = ["GET", "HEAD"]

ICS = FeedFormat(write_calendar, "text/calendar; charset=utf-8", "offers.ics")
ATOM = FeedFormat(write_offers_atom, atom_format.MEDIA_TYPE, "offers.atom")
CSV = FeedFormat(write_table, csv_format.MEDIA_TYPE, "offers.csv")
JSON = FeedFormat(write_linked_data, "application/ld+json", "offers.json")

OfferQueryDep = Annotated[OfferQuery, Query()]


@router.api_route("/offers.ics", methods=METHODS)
async def read_calendar(request: Request, work: UnitOfWorkDep, query: OfferQueryDep) -> Response:
    """A calendar to subscribe to; what is over stays in it for 90 days."""
    async with work.transaction() as tx:
        feed = await read_upcoming_and_recent(tx, _build_request(request, query), datetime.now(UTC))
    return await _answer_feed(request, feed, ICS)


@router.api_route("/offers.atom", methods=METHODS)
async def read_atom(request: Request, work: UnitOfWorkDep, query: OfferQueryDep) -> Response:
    """For newsreaders and websites."""
    return await _answer_upcoming(request, work, query, ATOM)


@router.api_route("/offers.csv", methods=METHODS)
async def read_table(request: Request, work: UnitOfWorkDep, query: OfferQueryDep) -> Response:
    """For spreadsheets."""
    return await _answer_upcoming(request, work, query, CSV)


@router.api_route("/offers.json", methods=METHODS)
async def read_linked_data(request: Request, work: UnitOfWorkDep, query: OfferQueryDep) -> Response:
    """For partner systems that don't take the topic."""
    return await _answer_upcoming(request, work, query, JSON)


@router.api_route("/events/{slug}.ics", methods=METHODS)
async def read_calendar_of_offer(
    slug: str, request: Request, work: UnitOfWorkDep, query: Annotated[PageQuery, Query()]
) -> Response:
    """One offer's calendar. Raises `NotFound`."""
    wanted = _build_request(request, OfferQuery(lang=query.lang))
    async with work.transaction() as tx:
        feed = await read_single(tx, slug, wanted)
    return await _answer_feed(
        request, feed, FeedFormat(write_calendar, ICS.media_type, f"{feed.offers[0].slug}.ics")
    )


async def _answer_upcoming(
    request: Request, work: UnitOfWorkDep, query: OfferQuery, format: FeedFormat[OfferFeed]
) -> Response:
    async with work.transaction() as tx:
        feed = await read_upcoming(tx, _build_request(request, query), datetime.now(UTC))
    return await _answer_feed(request, feed, format)


def _build_request(request: Request, query: OfferQuery) -> FeedRequest:
    return FeedRequest(query, query.negotiate_language(request), service_url(request))


async def _answer_feed(request: Request, feed: OfferFeed, format: FeedFormat[OfferFeed]) -> Response:
    return await answer_feed(
        request, format, feed, changed_at=feed.changed_at, language=feed.request.language
    )

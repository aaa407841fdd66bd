"""The HTTP door of the feeds: the overview's filters as calendar, Atom, table and linked data."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from services.events.feeds import feed
from services.events.feeds.atom import atom
from services.events.feeds.csv_table import table
from services.events.feeds.feed import Feed
from services.events.feeds.ics import calendar
from services.events.feeds.linked_data import listed
from services.events.offers.query import Selection, asked
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web import atom as atom_format
from shared.web import csv_table as csv_format
from shared.web.addresses import service_url
from shared.web.feeds import FeedFormat, answer_feed

router = APIRouter(include_in_schema=False)
METHODS = ["GET", "HEAD"]


ICS = FeedFormat(calendar, "text/calendar; charset=utf-8", "offers.ics")
ATOM = FeedFormat(atom, atom_format.MEDIA_TYPE, "offers.atom")
CSV = FeedFormat(table, csv_format.MEDIA_TYPE, "offers.csv")
JSON = FeedFormat(listed, "application/ld+json", "offers.json")


@router.api_route("/offers.ics", methods=METHODS)
async def calendar_feed(request: Request, work: UnitOfWorkDep) -> Response:
    """A calendar to subscribe to; what is over stays in it for 90 days."""
    async with work.transaction() as tx:
        found = await feed.kept(tx, _asked(request), service_url(request), datetime.now(UTC))
    return await _answer(request, found, ICS)


@router.api_route("/offers.atom", methods=METHODS)
async def atom_feed(request: Request, work: UnitOfWorkDep) -> Response:
    """For newsreaders and websites."""
    return await _ahead(request, work, ATOM)


@router.api_route("/offers.csv", methods=METHODS)
async def table_feed(request: Request, work: UnitOfWorkDep) -> Response:
    """For spreadsheets."""
    return await _ahead(request, work, CSV)


@router.api_route("/offers.json", methods=METHODS)
async def linked_feed(request: Request, work: UnitOfWorkDep) -> Response:
    """For partner systems that don't take the topic."""
    return await _ahead(request, work, JSON)


@router.api_route("/events/{slug}.ics", methods=METHODS)
async def calendar_of_one(slug: str, request: Request, work: UnitOfWorkDep) -> Response:
    """One offer's calendar. Raises `NotFound`."""
    async with work.transaction() as tx:
        found = await feed.one(tx, slug, _asked(request), service_url(request))
    return await _answer(
        request, found, FeedFormat(calendar, ICS.media_type, f"{found.listings[0].slug}.ics")
    )


async def _ahead(request: Request, work: UnitOfWorkDep, format: FeedFormat[Feed]) -> Response:
    async with work.transaction() as tx:
        found = await feed.ahead(tx, _asked(request), service_url(request), datetime.now(UTC))
    return await _answer(request, found, format)


def _asked(request: Request) -> Selection:
    return asked(request.query_params, request.headers.get("accept-language", ""))


async def _answer(request: Request, found: Feed, format: FeedFormat[Feed]) -> Response:
    return await answer_feed(
        request, format, found, changed_at=found.changed_at, language=found.words.language
    )

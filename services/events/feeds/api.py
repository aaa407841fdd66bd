"""The HTTP door of the feeds: the overview's filters as calendar, Atom, table and linked data."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, Request, Response

from services.events.feeds import feed
from services.events.feeds.atom import atom
from services.events.feeds.calendar import calendar
from services.events.feeds.csv_table import table
from services.events.feeds.feed import Feed
from services.events.feeds.linked_data import listed
from services.events.offers.query import Selection, asked
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(include_in_schema=False)
METHODS = ["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a feed is made, and what it is called and saved as."""

    make: Callable[[Feed], bytes]
    kind: str
    name: str


ICS = Form(calendar, "text/calendar; charset=utf-8", "offers.ics")
ATOM = Form(atom, "application/atom+xml; charset=utf-8", "offers.atom")
CSV = Form(table, "text/csv; charset=utf-8", "offers.csv")
JSON = Form(listed, "application/ld+json", "offers.json")


@router.api_route("/offers.ics", methods=METHODS)
async def calendar_feed(request: Request, work: UnitOfWorkDep) -> Response:
    """A calendar to subscribe to; what is over stays in it for 90 days."""
    async with work.transaction() as tx:
        found = await feed.kept(tx, _asked(request), base(request), datetime.now(UTC))
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
        found = await feed.one(tx, slug, _asked(request), base(request))
    return await _answer(request, found, Form(calendar, ICS.kind, f"{found.listings[0].slug}.ics"))


def base(request: Request) -> str:
    """Where the client reached this service, without a slash at the end."""
    return str(request.base_url).rstrip("/")


async def _ahead(request: Request, work: UnitOfWorkDep, form: Form) -> Response:
    async with work.transaction() as tx:
        found = await feed.ahead(tx, _asked(request), base(request), datetime.now(UTC))
    return await _answer(request, found, form)


def _asked(request: Request) -> Selection:
    return asked(request.query_params, request.headers.get("accept-language", ""))


async def _answer(request: Request, found: Feed, form: Form) -> Response:
    content = await asyncio.to_thread(form.make, found)  # a long calendar takes half a second
    headers = {
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Last-Modified": format_datetime(found.changed_at.astimezone(UTC), usegmt=True),
        "Cache-Control": "public, max-age=60",
        "Vary": "Accept-Language",
        "Content-Language": found.words.language,
        "X-Content-Type-Options": "nosniff",
    }
    if _is_known(request, headers["ETag"], found.changed_at):
        return Response(status_code=304, headers=headers)
    saved = {"Content-Disposition": f'inline; filename="{form.name}"'}
    return Response(content, media_type=form.kind, headers=headers | saved)


def _is_known(request: Request, tag: str, changed_at: datetime) -> bool:
    """Whether the client has this already (RFC 9110, 13.2.2: a tag outweighs a date)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in (known.strip().removeprefix("W/") for known in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed_at.replace(microsecond=0) <= since

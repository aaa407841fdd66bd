"""The page of all offers."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.events.offers import offers
from services.events.offers.query import OfferQuery
from services.events.overview.overview import read_overview
from services.events.site import SITE, render_page
from shared.access.serving import ANYONE
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.kept_pages import KeptPages
from shared.web.pages import METHODS
from shared.web.query import read_valid

router = APIRouter(include_in_schema=False, dependencies=[ANYONE], default_response_class=HTMLResponse)


@router.api_route("/", methods=METHODS)
async def show_overview(request: Request, work: UnitOfWorkDep) -> HTMLResponse:
    """What everyone offers; to htmx only what a filter changes."""
    query = read_valid(OfferQuery, request.query_params)
    language = query.negotiate_language(request)
    part = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    async with work.transaction() as tx:
        state = await offers.read_state(tx)

    async def make() -> HTMLResponse:
        now = datetime.now(UTC)
        async with work.transaction() as tx:
            page = await read_overview(tx, query, language, now)
        template = "fragment.html" if part else "overview.html"
        # Two thousand offers take half a second, in which the event loop has other things to do.
        return await asyncio.to_thread(
            render_page, request, template, query, here="offers", page=page, today=now.date()
        )

    kept: KeptPages = request.app.state.kept_pages
    view = SITE.name_view(request)
    answer = await kept.get_or_make((str(request.base_url), query, language, part, view), state, make)
    if part:
        answer.headers["HX-Push-Url"] = query.build_link("/")
    return answer

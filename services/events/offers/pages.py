"""The page of one offer."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.events.offers.detail import read_offer_page
from services.events.offers.query import OfferQuery
from services.events.site import render_page
from shared.access.serving import ANYONE
from shared.contracts.refusals import NotFound
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, dependencies=[ANYONE], default_response_class=HTMLResponse)


@router.api_route("/events/{slug}", methods=METHODS)
async def show_offer(slug: str, request: Request, work: UnitOfWorkDep) -> HTMLResponse:
    """One offer for people, or a page that leads on where there is none."""
    query = read_valid(PageQuery, request.query_params)
    try:
        async with work.transaction() as tx:
            page = await read_offer_page(tx, slug, query.negotiate_language(request))
    except NotFound:
        return render_page(request, "missing.html", query, here="offers", status=404)

    def link_theme(theme: str) -> str:
        return OfferQuery(lang=query.lang).choose(theme=theme).build_link("/")

    return render_page(request, "offer.html", query, here="offers", page=page, link_theme=link_theme)

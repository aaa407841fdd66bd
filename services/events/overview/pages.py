"""The HTTP door of the pages: the overview of all offers, one offer, data for partners."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.events.offers.detail import detail
from services.events.offers.offers import Listing
from services.events.offers.query import VIEWS, OfferQuery
from services.events.overview.overview import overview
from shared import web
from shared.contracts.catalogue import OFFER
from shared.contracts.refusals import NotFound
from shared.i18n.dates import dates
from shared.i18n.texts import LANGUAGES, words
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.addresses import service_url, subscription_url
from shared.web.assets import asset_path
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "HX-Request, Accept-Language",
}
METHODS = ["GET", "HEAD"]

_EVENTS = Path(__file__).parents[1]
_FOLDERS = [
    *(_EVENTS / noun / "templates" for noun in ("offers", "overview", "feeds")),
    Path(web.__path__[0]) / "templates",
]
templates = Environment(
    loader=FileSystemLoader(_FOLDERS),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@router.api_route("/", methods=METHODS)
async def show_overview(request: Request, work: UnitOfWorkDep) -> HTMLResponse:
    """What everyone offers; to htmx only what a filter changes."""
    query, now = read_valid(OfferQuery, request.query_params), datetime.now(UTC)
    async with work.transaction() as tx:
        page = await overview(tx, query, query.negotiate_language(request), now)
    part = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    template = "fragment.html" if part else "overview.html"
    answer = _page(request, template, query, page=page, views=VIEWS, today=now.date(), here="offers")
    if part:
        answer.headers["HX-Push-Url"] = query.build_link("/")
    return answer


@router.api_route("/events/{slug}", methods=METHODS)
async def show_offer(slug: str, request: Request, work: UnitOfWorkDep) -> Response:
    """One offer for people."""
    query = read_valid(PageQuery, request.query_params)
    try:
        async with work.transaction() as tx:
            page = await detail(tx, slug, query.negotiate_language(request))
    except NotFound:
        return _page(request, "missing.html", query, status=404, here="offers")

    def link_theme(theme: str) -> str:
        return OfferQuery(lang=query.lang).choose(theme=theme).build_link("/")

    return _page(request, "offer.html", query, page=page, link_theme=link_theme, here="offers")


@router.api_route("/partners", methods=METHODS)
async def show_partners(request: Request) -> HTMLResponse:
    """How a partner takes the offers: feeds and topic."""
    query = read_valid(PageQuery, request.query_params)
    example = "/offers.ics?region=europe&kind=regional-meeting&kind=summit"
    return _page(
        request,
        "partners.html",
        query,
        topic=OFFER,
        example=example,
        base=service_url(request),
        here="partners",
    )


def _page(
    request: Request, template: str, query: PageQuery, status: int = 200, **values: Any
) -> HTMLResponse:
    language = query.negotiate_language(request)
    elsewhere = PageQuery(lang=query.lang)

    def link(offer: Listing) -> str:
        return elsewhere.build_link(f"/events/{offer.slug}")

    content = templates.get_template(template).render(
        t=words(language),
        d=dates(language),
        query=query,
        languages=[words(language) for language in LANGUAGES],
        path=request.url.path,
        home=elsewhere.build_link("/"),
        partners=elsewhere.build_link("/partners"),
        calendar=subscription_url(request),
        static=asset_path,
        link=link,
        **values,
    )
    return HTMLResponse(content, status, headers={**HEADERS, "Content-Language": language})

"""The HTTP door of the pages: the overview of all offers, one offer, data for partners."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.events.offers.detail import detail
from services.events.offers.offers import Listing
from services.events.offers.query import VIEWS, Selection, asked
from services.events.overview.overview import overview
from shared import web
from shared.contracts.catalogue import OFFER
from shared.contracts.refusals import NotFound
from shared.i18n.dates import dates
from shared.i18n.texts import LANGUAGES, words
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.addresses import service_url, subscription_url
from shared.web.assets import asset_path

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
    selection, now = _asked(request), datetime.now(UTC)
    async with work.transaction() as tx:
        page = await overview(tx, selection, now)
    part = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    template = "fragment.html" if part else "overview.html"
    answer = _page(request, template, selection, page=page, views=VIEWS, today=now.date(), here="offers")
    if part:
        answer.headers["HX-Push-Url"] = selection.address()
    return answer


@router.api_route("/events/{slug}", methods=METHODS)
async def show_offer(slug: str, request: Request, work: UnitOfWorkDep) -> Response:
    """One offer for people."""
    selection = _asked(request)
    try:
        async with work.transaction() as tx:
            page = await detail(tx, slug, selection.language)
    except NotFound:
        return _page(request, "missing.html", selection, status=404, here="offers")

    def themed(theme: str) -> str:
        return selection.cleared().only(theme=theme).address()

    return _page(request, "offer.html", selection, page=page, themed=themed, here="offers")


@router.api_route("/partners", methods=METHODS)
async def show_partners(request: Request) -> HTMLResponse:
    """How a partner takes the offers: feeds and topic."""
    selection = _asked(request)
    example = "/offers.ics?region=europe&kind=regional-meeting&kind=summit"
    return _page(
        request,
        "partners.html",
        selection,
        topic=OFFER,
        example=example,
        base=service_url(request),
        here="partners",
    )


def _asked(request: Request) -> Selection:
    return asked(request.query_params, request.headers.get("accept-language", ""))


def _page(
    request: Request, template: str, selection: Selection, status: int = 200, **values: Any
) -> HTMLResponse:
    def link(offer: Listing) -> str:
        return selection.cleared().seen_as(VIEWS[0]).address(f"/events/{offer.slug}")

    content = templates.get_template(template).render(
        t=words(selection.language),
        d=dates(selection.language),
        selection=selection,
        languages=[words(language) for language in LANGUAGES],
        path=request.url.path,
        home=selection.cleared().seen_as(VIEWS[0]).address(),
        partners=selection.cleared().address("/partners"),
        calendar=subscription_url(request),
        static=asset_path,
        link=link,
        **values,
    )
    return HTMLResponse(content, status, headers={**HEADERS, "Content-Language": selection.language})

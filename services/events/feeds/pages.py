"""The page for partners: how to take the offers as feeds and from the topic."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.events.site import render_page
from shared.contracts.catalogue import OFFER
from shared.web.addresses import service_url
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

EXAMPLE = "/offers.ics?region=europe&kind=regional-meeting&kind=summit"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.api_route("/partners", methods=METHODS)
async def show_partners(request: Request) -> HTMLResponse:
    """How a partner takes the offers."""
    return render_page(
        request,
        "partners.html",
        read_valid(PageQuery, request.query_params),
        here="partners",
        topic=OFFER,
        example=EXAMPLE,
        base=service_url(request),
    )

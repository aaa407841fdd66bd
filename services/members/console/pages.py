"""The first page of the console."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.members.site import SITE
from shared.access.serving import Operator
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SERVICES = ("members", "events", "matching", "notifications")


@router.api_route("/console", methods=METHODS)
async def show_console(request: Request, _asker: Operator) -> HTMLResponse:
    """The services, each of which shows its own part."""
    return SITE.render(request, "console.html", here="console", services=SERVICES)

"""The console's page of partners."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.notifications.partners.partners import list_partners, list_public_topics
from services.notifications.site import SITE
from shared.access.serving import Operator
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.api_route("/console/notifications/partners", methods=METHODS)
async def show_partners(request: Request, _asker: Operator, work: UnitOfWorkDep) -> HTMLResponse:
    """Organisations with systems of their own, where they are configured, and what they may read."""
    async with work.transaction() as tx:
        partners = await list_partners(tx, request.app.state.partners)
    return SITE.render(
        request, "console-partners.html", here="console", listed=partners, public=list_public_topics()
    )

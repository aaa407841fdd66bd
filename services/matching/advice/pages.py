"""The pages where advice begins: one's own home, and one's desk."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.matching.advice import home
from services.matching.requests import rules
from services.matching.site import SITE
from shared.access.serving import ContactPerson, SignedIn
from shared.contracts.members import MandateRole
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.api_route("/advice", methods=METHODS)
async def show_home(request: Request, asker: SignedIn, work: UnitOfWorkDep) -> HTMLResponse:
    """What waits for whoever has signed in, and what is theirs."""
    found = home.Home()
    if asker.member is not None:
        async with work.transaction() as tx:
            found = await home.read_home(tx, asker.member)
    staffs = asker.is_operator or bool(asker.organisations(MandateRole.COORDINATOR))
    return SITE.render(
        request,
        "advice.html",
        here="advice",
        found=found,
        staffs=staffs,
        deadline=rules.find_deadline,
        now=datetime.now(UTC),
    )


@router.api_route("/advice/desk", methods=METHODS)
async def show_desk(request: Request, asker: ContactPerson, work: UnitOfWorkDep) -> HTMLResponse:
    """What lies at the desks where the asker sits, by deadline."""
    async with work.transaction() as tx:
        found = await home.read_desk_list(tx, asker.require_member())
    return SITE.render(
        request,
        "my-desk.html",
        here="advice",
        found=found,
        deadline=rules.find_deadline,
        now=datetime.now(UTC),
    )

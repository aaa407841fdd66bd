"""The pages of an organisation where its coordinators begin: what waits, and what was done."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.members.coordination import waiting
from services.members.coordination.verbs import VERBS
from services.members.mandates import holders
from services.members.organisations.own import (
    ListQuery,
    OrganisationPath,
    link_pages,
    own_path,
    read_own,
    show_page,
)
from services.members.site import SITE
from shared.access.serving import Coordinator
from shared.runtime import audit
from shared.runtime.paging import PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.pages import METHODS
from shared.web.query import read_valid

router = APIRouter(
    prefix="/organisations/{organisation}", include_in_schema=False, default_response_class=HTMLResponse
)


@router.api_route("", methods=METHODS)
async def show_home(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """What waits for the organisation's coordinators."""
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        found = await waiting.read_waiting(tx, asker, organisation)
    return show_page(request, "home.html", own, "", found=found, most=waiting.MOST)


@router.api_route("/audit", methods=METHODS)
async def show_audit(
    request: Request,
    organisation: OrganisationPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
) -> HTMLResponse:
    """What was done for the organisation, the newest first."""
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        entries = await audit.list_entries(tx, [organisation], paging)
        accounts = list({entry.account for entry in entries.items if entry.account})
        actors = await holders.name_actors(tx, accounts, organisation)
    query = read_valid(ListQuery, request.query_params)
    pages = link_pages(query, own_path(organisation, "audit"), entries)
    texts = SITE.load_texts(request)
    return show_page(
        request,
        "audit.html",
        own,
        "audit",
        query,
        entries=entries.items,
        pages=pages,
        verbs={verb: texts.translate(said) for verb, said in VERBS.items()},
        actors=actors,
        asker=asker,
    )

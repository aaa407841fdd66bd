"""The page of an organisation's likely duplicates, side by side, where its coordinators decide on them."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.members.duplicates import duplicates, pairs
from services.members.duplicates.duplicates import DecideDuplicate
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
from shared.runtime.paging import PageRequest, decode_cursor
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Posted
from shared.web.pages import METHODS
from shared.web.query import read_valid

router = APIRouter(
    prefix="/organisations/{organisation}/duplicates",
    include_in_schema=False,
    default_response_class=HTMLResponse,
)
# Few are looked at at a time; deciding on them brings the next ones.
SHOWN = 10


class DecideShown(DecideDuplicate):
    """`DecideDuplicate` with its pair, as one form."""

    duplicate: UUID


@router.api_route("", methods=METHODS)
async def show_duplicates(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The pairs on whom nobody has decided, the likeliest first."""
    query = read_valid(ListQuery, request.query_params)
    paging = PageRequest(SHOWN, decode_cursor(query.cursor) if query.cursor else None)
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        page = await duplicates.list_duplicates(tx, asker.acting_for(organisation), paging)
        found = await pairs.compare_pairs(tx, organisation, page.items)
    return show_page(
        request,
        "duplicates.html",
        own,
        "duplicates",
        query,
        pairs=found,
        more=page.next is not None,
        pages=link_pages(query, own_path(organisation, "duplicates"), page),
    )


@router.post("", response_model=None)
async def decide_duplicate(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The list without the pair that was decided on."""
    form = SITE.read_form(request, DecideShown, posted)
    async with work.transaction() as tx:
        await read_own(tx, asker, organisation)
        if form.command is not None:
            decision = DecideDuplicate(decision=form.command.decision)
            own = asker.acting_for(organisation)
            await duplicates.decide_duplicate(tx, own, form.command.duplicate, decision)
    done = f"decided-{form.command.decision}" if form.command else None
    return SITE.redirect(request, own_path(organisation, "duplicates"), done=done)

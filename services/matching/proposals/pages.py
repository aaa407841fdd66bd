"""The page of one request at its desk: who may be proposed and why, and what the advisers answered."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.matching.proposals import proposals
from services.matching.proposals.proposals import ProposeAdviser
from services.matching.ranking import candidates
from services.matching.replicas import members
from services.matching.requests import details, requests, rules, seats, taking
from services.matching.site import SITE
from shared.access.principal import Principal
from shared.access.serving import ContactPerson
from shared.contracts.refusals import Invalid
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import PageRequest, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
CANDIDATES = 10


class DeskAct(Command):
    """Which button was pressed, and for which adviser."""

    act: Literal["propose", "take"]
    adviser: UUID | None = None


@router.api_route("/advice/desk/{request_id}", methods=METHODS)
async def show_at_desk(
    request: Request, request_id: UUID, asker: ContactPerson, work: UnitOfWorkDep, paging: PageRequestDep
) -> HTMLResponse:
    """A request, its candidates and its proposals, as its desk sees them."""
    return await _show(request, request_id, asker, work, paging, SITE.fill_form(request))


@router.post("/advice/desk/{request_id}", response_model=None)
async def act_at_desk(
    request: Request, request_id: UUID, asker: ContactPerson, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The page again, with what was done or what is wrong."""
    form = SITE.read_form(request, DeskAct, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await _act(tx, asker, request_id, form.command)
            return SITE.redirect(request, f"/advice/desk/{request_id}", done=form.command.act)
    return await _show(request, request_id, asker, work, PageRequest(CANDIDATES, None), form)


async def _act(tx: Tx, asker: Principal, request: UUID, command: DeskAct) -> None:
    if command.act == "take":
        await taking.take_request(tx, asker, request)
    elif command.adviser is None:
        raise Invalid("adviser-missing", "Say whom you propose.")
    else:
        await proposals.propose_adviser(tx, asker, request, ProposeAdviser(adviser=command.adviser))


async def _show(
    request: Request,
    request_id: UUID,
    asker: Principal,
    work: UnitOfWorkDep,
    paging: PageRequest,
    form: Form[Any],
) -> HTMLResponse:
    async with work.transaction() as tx:
        await seats.read_at_desk(tx, asker, request_id)
        row = await details.read_request(tx, asker, request_id)
        page = None
        if row.state in requests.OPEN_STATES:
            page = await candidates.list_candidates(
                tx, asker, request_id, PageRequest(CANDIDATES, paging.after)
            )
        people = [row.requester, row.contact, row.adviser, *(each.adviser for each in row.proposals)]
        people += [each.adviser for each in page.items] if page else []
        names = await members.find_names(tx, people)
    return SITE.render(
        request,
        "at-desk.html",
        here="advice",
        status=form.status,
        form=form,
        row=row,
        page=page,
        first=paging.after is None,
        mine=row.contact == asker.member,
        names=names,
        deadline=rules.find_deadline,
        now=datetime.now(UTC),
    )

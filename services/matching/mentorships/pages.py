"""The page of one request, for who asked and for who is asked to advise."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.matching.mentorships import mentorships
from services.matching.proposals import proposals
from services.matching.proposals.proposals import DeclineProposal
from services.matching.replicas import members
from services.matching.requests import details, rules, seats
from services.matching.requests.details import RequestDetails
from services.matching.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Member
from shared.contracts.matching import ProposalState
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Paragraph
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class Answer(Command):
    """Which button was pressed; the reason goes with a refusal."""

    act: Literal["agree", "accept", "decline", "end"]
    reason: Paragraph = ""


@router.api_route("/advice/requests/{request_id}", methods=METHODS)
async def show_request(
    request: Request, request_id: UUID, asker: Member, work: UnitOfWorkDep
) -> HTMLResponse:
    """Where a request stands, and what its requester or its adviser can do."""
    return await _show(request, request_id, asker, work, SITE.fill_form(request))


@router.post("/advice/requests/{request_id}", response_model=None)
async def answer_request(
    request: Request, request_id: UUID, asker: Member, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The home again, or the page with what is wrong."""
    form = SITE.read_form(request, Answer, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await _act(tx, asker, request_id, form.command)
            return SITE.redirect(request, "/advice", done=form.command.act)
    return await _show(request, request_id, asker, work, form)


async def _act(tx: Tx, asker: Principal, request: UUID, answer: Answer) -> None:
    if answer.act == "agree":
        await mentorships.agree_to_mentorship(tx, asker, request)
    elif answer.act == "end":
        await mentorships.end_mentorship(tx, asker, request)
    else:
        whole = await details.read_request(tx, asker, request)
        proposal = next((each for each in whole.proposals if each.adviser == asker.member), None)
        if proposal is None:
            raise proposals.unknown_proposal()
        if answer.act == "accept":
            await proposals.accept_proposal(tx, asker, proposal.proposal)
        else:
            declined = DeclineProposal(reason=answer.reason)
            await proposals.decline_proposal(tx, asker, proposal.proposal, declined)


async def _show(
    request: Request, request_id: UUID, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    member = asker.require_member()
    async with work.transaction() as tx:
        seen = await details.read_request(tx, asker, request_id)
        at_desk = await seats.is_at_desk(tx, seen.desk, member)
        names = await members.find_names(tx, _find_shown(seen, member))
    own = next((each for each in seen.proposals if each.adviser == member), None)
    return SITE.render(
        request,
        "request.html",
        here="advice",
        status=form.status,
        form=form,
        row=seen,
        asked=seen.requester == member,
        own=own.state if own else None,
        at_desk=at_desk,
        names=names,
        deadline=rules.find_deadline,
        now=datetime.now(UTC),
    )


def _find_shown(seen: RequestDetails, member: UUID) -> set[UUID]:
    """Requester and adviser see each other's name once the adviser accepted."""
    accepted = any(each.state is ProposalState.ACCEPTED for each in seen.proposals)
    if not accepted or member not in (seen.requester, seen.adviser):
        return set()
    return {each for each in (seen.requester, seen.adviser) if each}

"""The pages of leaving: what it means, the link that is sent, and the page that it leads to, where one confirms it."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from services.members.erasure import erasure
from services.members.leaving import links
from services.members.me.own_page import read_own_page
from services.members.members.audience_ids import AudienceIds
from services.members.members.dependencies import AudienceIdsDep
from services.members.sessions import cookies
from services.members.site import SITE
from shared.access.limits import limit
from shared.access.principal import Principal
from shared.access.serving import Member
from shared.runtime.commands import Command, Line
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PATH = "/me/leave"
FEW = Depends(limit("leaving", "5 per hour"))


class Leave(Command):
    """Who leaves types their name."""

    typed: Line = ""


class Confirm(Command):
    """The link's token is a field, as paths are noted."""

    token: Line = ""


@router.api_route(PATH, methods=METHODS)
async def show_leaving(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> HTMLResponse:
    """What it means to leave."""
    return await _show(request, asker, work, audience_ids, SITE.fill_form(request))


@router.post(PATH, response_model=None, dependencies=[FEW])
async def ask_to_leave(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep, posted: Posted
) -> Response:
    """One's own page, with a link on its way; or again what it means to leave."""
    member = asker.require_member()
    form = SITE.read_form(request, Leave, posted)
    async with work.transaction() as tx:
        page = await read_own_page(tx, audience_ids, member)
        form.require_typed("typed", page.name)
        if form.command is not None:
            await links.send_link(tx, member, request.app.state.origin)
    if form.command is None:
        return SITE.render(request, "leave.html", here="me", status=form.status, page=page, form=form)
    return SITE.redirect(request, "/me", done="leaving-asked")


@router.api_route(f"{PATH}/{{token}}", methods=METHODS)
async def follow_leaving_link(
    token: str, request: Request, asker: Member, work: UnitOfWorkDep
) -> HTMLResponse:
    """The page where one confirms it; opening it does nothing."""
    async with work.transaction() as tx:
        is_good = await links.is_good(tx, asker.require_member(), token)
    if not is_good:
        return SITE.render(request, "leaving-over.html", here="me", status=410)
    return SITE.render(request, "confirm-leaving.html", here="me", token=token, form=SITE.fill_form(request))


@router.post(f"{PATH}/confirmation", response_model=None, dependencies=[FEW])
async def confirm_leaving(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep, posted: Posted
) -> Response:
    """The page where one signs in, for the last time; or that the link is no longer good."""
    member = asker.require_member()
    form = SITE.read_form(request, Confirm, posted)
    async with work.transaction() as tx:
        is_good = form.command is not None and await links.is_good(tx, member, form.command.token)
        if is_good:
            await erasure.order_asked(tx, asker, audience_ids, member)
    if not is_good:
        return SITE.render(request, "leaving-over.html", here="me", status=410)
    answer = SITE.redirect(request, "/sign-in", done="left")
    cookies.drop_session(answer)
    return answer


async def _show(
    request: Request, asker: Principal, work: UnitOfWork, audience_ids: AudienceIds, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        page = await read_own_page(tx, audience_ids, asker.require_member())
    return SITE.render(request, "leave.html", here="me", status=form.status, page=page, form=form)

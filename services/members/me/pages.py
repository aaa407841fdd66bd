"""One's own pages: what waits and what is known, and the addresses."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.members.accounts import addresses
from services.members.erasure import returning
from services.members.me.own_page import OwnPage, find_home, read_own_page
from services.members.members import answering
from services.members.members.answering import AnswerSuggestion
from services.members.members.audience_ids import AudienceIds
from services.members.members.dependencies import AudienceIdsDep
from services.members.sessions import cookies
from services.members.sign_in import links
from services.members.sign_in.links import Asking
from services.members.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Member, SignedIn
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line, Plain
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class AddAddress(Command):
    """One more address of one's own."""

    email: Plain


class ChangeAddress(Command):
    """Which button was pressed, at which address."""

    act: Literal["primary", "remove"]
    address: Line


@router.api_route("/me", methods=METHODS)
async def show_home(
    request: Request, asker: SignedIn, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> Response:
    """What waits for whoever has signed in, and what is known of them. Who is no member is led to where they act."""
    if asker.member is None:
        home = find_home(asker)
        if home is None:
            async with work.transaction() as tx:
                erased = await returning.was_erased(tx, asker, audience_ids)
            return SITE.render(request, "no-member.html", here="me", erased=erased)
        query = read_valid(PageQuery, request.query_params)
        return SITE.redirect(request, query.build_link(home))
    return await _show(request, "me.html", asker, work, audience_ids, SITE.fill_form(request))


@router.post("/me/return", response_model=None)
async def allow_return(
    request: Request, asker: SignedIn, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> Response:
    """Let organisations add again whoever was erased, and asks for it."""
    async with work.transaction() as tx:
        await returning.allow_return(tx, asker, audience_ids)
    return SITE.redirect(request, "/me", done="return-allowed")


@router.post("/me/suggestions", response_model=None)
async def answer_suggestion(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep, posted: Posted
) -> Response:
    """The asker's page, with the profile as it is then; or with what is wrong."""
    form = SITE.read_form(request, AnswerSuggestion, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await answering.answer_suggestion(tx, asker, audience_ids, form.command)
            return SITE.redirect(request, "/me", done=f"suggestion-{form.command.act}")
    return await _show(request, "me.html", asker, work, audience_ids, form)


@router.api_route("/me/addresses", methods=METHODS)
async def show_addresses(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> HTMLResponse:
    """The asker's addresses."""
    return await _show(request, "addresses.html", asker, work, audience_ids, SITE.fill_form(request))


@router.post("/me/addresses", response_model=None)
async def change_addresses(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep, posted: Posted
) -> Response:
    """The addresses as they are then, or what is wrong."""
    if "act" not in posted:
        return await _ask_for_proof(request, asker, work, audience_ids, posted)
    form = SITE.read_form(request, ChangeAddress, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                done = await _change_address(tx, asker, audience_ids, form.command)
            return SITE.redirect(request, "/me/addresses", done=done)
    return await _show(request, "addresses.html", asker, work, audience_ids, form)


async def _ask_for_proof(
    request: Request, asker: Principal, work: UnitOfWork, audience_ids: AudienceIds, posted: Posted
) -> Response:
    form = SITE.read_form(request, AddAddress, posted)
    if form.command is not None:
        answer = SITE.redirect(request, "/me/addresses", done="address-asked")
        browser = cookies.mark_browser(answer, cookies.read_browser(request))
        language = read_valid(PageQuery, request.query_params).negotiate_language(request)
        site: str = request.app.state.origin
        address = form.command.email
        asking = Asking(address, browser, language, "/me/addresses", site, asker.account, asker.member)
        with form.refusals():
            async with work.transaction() as tx:
                await links.send_link(tx, audience_ids, asking)
            return answer
    return await _show(request, "addresses.html", asker, work, audience_ids, form)


async def _change_address(tx: Tx, asker: Principal, audience_ids: AudienceIds, command: ChangeAddress) -> str:
    member = asker.require_member()
    if command.act == "primary":
        await addresses.make_primary(tx, audience_ids, member, command.address)
        return "address-primary"
    await addresses.remove_address(tx, member, command.address)
    return "address-removed"


async def _show(
    request: Request,
    template: str,
    asker: Principal,
    work: UnitOfWork,
    audience_ids: AudienceIds,
    form: Form[Any],
) -> HTMLResponse:
    async with work.transaction() as tx:
        page: OwnPage = await read_own_page(tx, audience_ids, asker.require_member())
    return SITE.render(request, template, here="me", status=form.status, page=page, form=form)

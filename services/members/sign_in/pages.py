"""The pages where people sign in: the address or the issuer, the digits, and what a link leads to."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.members.accounts import accounts, announcements
from services.members.accounts.accounts import Proof
from services.members.members.dependencies import AudienceIdsDep
from services.members.sessions import cookies
from services.members.sign_in import links, rules, ways
from services.members.sign_in.links import Asking, LinkState, UsedLink
from services.members.sign_in.signing_in import sign_in
from services.members.site import SITE
from shared.access.limits import limit
from shared.access.serving import PUBLIC, Anyone
from shared.access.sessions import Session
from shared.addresses import address_key
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line, Plain
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# A whole office may sign in on one morning; who guesses gets no further.
FEW = Depends(limit("sign-in", "30 per 15 minutes"))


class AskForLink(Command):
    """An address to which a link goes."""

    email: Plain


class TypeDigits(Command):
    """The digits that are shown where the link was asked for. The link's token is a field, as paths are noted."""

    digits: Line


@router.api_route("/sign-in", methods=METHODS)
async def show_ways(request: Request, asker: Anyone) -> Response:
    """The ways to sign in; who has signed in goes on."""
    if asker is not None:
        return RedirectResponse(ways.read_back(request), 303)
    return ways.show_ways(request, SITE.fill_form(request))


@router.post("/sign-in", response_model=None, dependencies=[FEW])
async def ask_for_link(
    request: Request, asker: Anyone, work: UnitOfWorkDep, audience_ids: AudienceIdsDep, posted: Posted
) -> Response:
    """Send a link to an address, and show the digits. The answer says nothing of whose address it is."""
    request.app.state.identification.require_same_origin(request)
    form = SITE.read_form(request, AskForLink, posted)
    if form.command is not None:
        answer = RedirectResponse("/sign-in/mail", 303)
        browser = cookies.mark_browser(answer, cookies.read_browser(request))
        asking = _read_asking(request, form.command.email, browser)
        with form.refusals():
            async with work.transaction() as tx:
                await links.send_link(tx, audience_ids, asking)
            return answer
    return ways.show_ways(request, form)


@router.api_route("/sign-in/mail", methods=METHODS, dependencies=[PUBLIC])
async def show_digits(request: Request) -> Response:
    """That a mail may be on its way, and the digits for whoever reads it elsewhere."""
    browser = cookies.read_browser(request)
    if browser is None:
        return RedirectResponse("/sign-in", 303)
    return SITE.render(request, "sent.html", here="", digits=rules.derive_digits(browser))


@router.get("/sign-in/link/{token}")
async def follow_link(token: str, request: Request, asker: Anyone, work: UnitOfWorkDep) -> Response:
    """Sign in at once where the link was asked for; elsewhere its digits are asked for."""
    answer = await _use_link(request, token, None, work, SITE.fill_form(request))
    # Who follows a link twice is there already.
    return RedirectResponse("/me", 303) if answer.status_code == 410 and asker is not None else answer


@router.post("/sign-in/digits", response_model=None, dependencies=[FEW])
async def type_digits(request: Request, asker: Anyone, work: UnitOfWorkDep, posted: Posted) -> Response:
    """Sign in with the digits that are shown where the link was asked for."""
    request.app.state.identification.require_same_origin(request)
    form = SITE.read_form(request, TypeDigits, posted)
    token = form.value("token")
    if form.command is None:
        return SITE.render(request, "digits.html", here="", status=form.status, form=form, token=token)
    return await _use_link(request, token, form.command.digits, work, form)


async def _use_link(
    request: Request, token: str, digits: str | None, work: UnitOfWorkDep, form: Form[Any]
) -> Response:
    browser = cookies.read_browser(request) or ""
    async with work.transaction() as tx:
        used = await links.use_link(tx, token, browser, digits)
        session = await _take_up(tx, used) if used.state is LinkState.READY else None
    if session is not None:
        return ways.let_in(request, session, used.back)
    match used.state:
        case LinkState.READY:
            return SITE.redirect(request, used.back, done="address-added")
        case LinkState.OVER:
            return SITE.render(request, "over.html", here="", status=410)
        case LinkState.WRONG_DIGITS:
            form.reject("digits", SITE.load_texts(request).gettext("These aren't the digits."))
    return SITE.render(request, "digits.html", here="", status=form.status, form=form, token=token)


async def _take_up(tx: Tx, used: UsedLink) -> Session | None:
    """A session for whoever proved an address; None where it is one more address of whoever asked."""
    if used.account is not None:
        await accounts.add_address(tx, used.account, used.address)
        return None
    return await sign_in(tx, Proof(announcements.MAILBOX, address_key(used.address), used.address))


def _read_asking(request: Request, address: str, browser: str) -> Asking:
    language = read_valid(PageQuery, request.query_params).negotiate_language(request)
    return Asking(address, browser, language, ways.read_back(request), request.app.state.origin)

"""The way to an issuer of OpenID Connect and back."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.members.openid import openid
from services.members.openid.openid import Errand, Return
from services.members.sessions import cookies
from services.members.sign_in import rules, ways
from services.members.sign_in.signing_in import sign_in
from services.members.site import SITE
from shared.access.issuers import Issuers
from shared.access.serving import PUBLIC
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[PUBLIC])


@router.get("/sign-in/with")
async def go_to_issuer(request: Request, work: UnitOfWorkDep) -> Response:
    """To the issuer of the address, which asks who one is."""
    form, asked = SITE.fill_form(request), request.query_params
    answer = RedirectResponse("", 303)
    browser = cookies.mark_browser(answer, cookies.read_browser(request))
    with form.refusals():
        issuer = openid.require_issuer(_issuers(request), asked.get("issuer", ""))
        errand = Errand(issuer.settings.issuer, rules.choose_back(asked.get("return", "")))
        async with work.transaction() as tx:
            state = await openid.begin_errand(tx, errand, browser)
        answer.headers["Location"] = await openid.build_request(
            issuer, request.app.state.origin, state, browser
        )
        return answer
    return ways.show_ways(request, form)


@router.get("/sign-in/back")
async def come_back(request: Request, work: UnitOfWorkDep) -> Response:
    """Back from an issuer: signed in, or to the ways to sign in with what went wrong."""
    form, asked = SITE.fill_form(request), request.query_params
    browser = cookies.read_browser(request) or ""
    came = Return(*(asked.get(name, "") for name in ("state", "code", "iss", "error")))
    with form.refusals():
        async with work.transaction() as tx:
            errand = await openid.end_errand(tx, came.state, browser)
        issuer = openid.require_issuer(_issuers(request), errand.issuer)
        proof = await openid.redeem_code(issuer, request.app.state.origin, came, browser)
        async with work.transaction() as tx:
            session = await sign_in(tx, proof)
        return ways.let_in(request, session, errand.back)
    return ways.show_ways(request, form)


def _issuers(request: Request) -> Issuers:
    issuers: Issuers = request.app.state.issuers
    return issuers

"""What the pages of signing in share: the page with all ways, and the answer to whoever is let in."""

from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from pydantic import create_model

from services.members.sessions import cookies
from services.members.sign_in import rules
from services.members.site import SITE
from shared.access.issuers import Issuers
from shared.access.sessions import Session
from shared.web.forms import Form
from shared.web.query import PageQuery, read_valid

# Where one goes afterwards is in the address as `return`, which Python keeps for itself.
_BACK: dict[str, Any] = {"return": (str, "")}
_SignInQuery = create_model("_SignInQuery", __base__=PageQuery, **_BACK)


def show_ways(request: Request, form: Form[Any]) -> Response:
    """The page with all ways to sign in, with what went wrong on top."""
    issuers: Issuers = request.app.state.issuers
    back = read_back(request)
    shown = [
        (each.settings.name, f"/sign-in/with?{urlencode({'issuer': each.settings.issuer, 'return': back})}")
        for each in issuers
    ]
    query = read_valid(_SignInQuery, request.query_params)
    return SITE.render(
        request,
        "sign-in.html",
        query,
        here="",
        status=form.status,
        form=form,
        issuers=shown,
        action=f"/sign-in?{urlencode({'return': back})}",
    )


def let_in(request: Request, session: Session, back: str) -> Response:
    """The session in a cookie, and on to the page that was asked for."""
    answer = RedirectResponse(back, 303)
    cookies.set_session(request, answer, session)
    cookies.drop_browser(answer)
    return answer


def read_back(request: Request) -> str:
    """Where the request wants to go afterwards, if it is a page of ours."""
    return rules.choose_back(request.query_params.get("return", ""))

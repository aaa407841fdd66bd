"""Signing out, and what renews a session while its person is there."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.members.accounts import accounts
from services.members.sessions import cookies
from services.members.site import SITE
from shared.access.serving import Anyone, SignedIn
from shared.access.sessions import COOKIE, SessionReader
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Posted

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

# A picture of nothing. Every page of whoever has signed in shows it; the browser asks for it once an hour.
_NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
RENEWED_SECONDS = 3600


@router.get("/session/renewed.svg")
async def renew_session(request: Request, asker: SignedIn) -> Response:
    """Sign the session anew, so that whoever is there stays signed in, up to a week after the sign-in."""
    reader: SessionReader = request.app.state.session_reader
    session = reader.read_session(request.cookies.get(COOKIE, ""), datetime.now(UTC))
    headers = {"Cache-Control": f"private, max-age={RENEWED_SECONDS}"}
    picture = Response(_NOTHING, media_type="image/svg+xml", headers=headers)
    if session is not None:
        renewed = type(session)(asker.account, asker.member, session.signed_in_at, datetime.now(UTC))
        cookies.set_session(request, picture, renewed)
    return picture


@router.post("/sign-out")
async def sign_out(request: Request, asker: Anyone, work: UnitOfWorkDep, posted: Posted) -> Response:
    """Sign out here; with `everywhere` all sessions of the account end, in every service."""
    everywhere = asker is not None and "everywhere" in posted
    if asker is not None and everywhere:
        async with work.transaction() as tx:
            await accounts.end_sessions(tx, asker.account)
    done = "signed-out-everywhere" if everywhere else "signed-out"
    answer = SITE.redirect(request, "/sign-in", done=done)
    cookies.drop_session(answer)
    return answer

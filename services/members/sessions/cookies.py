"""The cookies of whoever signs in: the session, and before it the browser's own secret."""

import re
import secrets
from datetime import timedelta

from fastapi import Request, Response

from shared.access.sessions import COOKIE, LASTS, Session, SessionSigner

# Only the browser that asked for a link, or went to an issuer, has it.
BROWSER = "__Host-sign-in"
_BROWSER_LASTS = timedelta(hours=1)
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def set_session(request: Request, response: Response, session: Session) -> None:
    """Let the browser have this session; who went before in this browser has none any more."""
    signer: SessionSigner = request.app.state.session_signer
    _set(response, COOKIE, signer.sign_session(session), LASTS)


def drop_session(response: Response) -> None:
    """Let the browser forget its session."""
    _drop(response, COOKIE)


def read_browser(request: Request) -> str | None:
    """The browser's secret, if it has one."""
    found = request.cookies.get(BROWSER, "")
    return found if _SECRET.fullmatch(found) else None


def mark_browser(response: Response, secret: str | None) -> str:
    """The browser's secret, a new one if it has none; it is kept for an hour more."""
    secret = secret or secrets.token_urlsafe(32)
    _set(response, BROWSER, secret, _BROWSER_LASTS)
    return secret


def drop_browser(response: Response) -> None:
    """Let the browser forget its secret, which has served."""
    _drop(response, BROWSER)


def _set(response: Response, name: str, value: str, lasts: timedelta) -> None:
    seconds = int(lasts.total_seconds())
    response.set_cookie(name, value, seconds, path="/", secure=True, httponly=True, samesite="lax")


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")

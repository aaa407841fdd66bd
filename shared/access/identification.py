"""Who asks: from a session's cookie or a program's token to the principal."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from shared.access import accounts
from shared.access.accounts import KnownAccount
from shared.access.principal import Principal
from shared.access.sessions import COOKIE, Session, SessionReader
from shared.contracts.refusals import Forbidden
from shared.postgres.pool import Pool, acquire_within

PATIENCE_SECONDS = 10.0
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Identification:
    """Finds out who asks; `origin` is the address that browsers know, "https://host"."""

    def __init__(self, sessions: SessionReader, origin: str) -> None:
        self._sessions = sessions
        self._origin = origin

    async def identify(self, request: Request) -> Principal | None:
        """Who asks, or None for nobody in particular.

        Raises `Unauthenticated` for a token that doesn't count (any more), and `Forbidden` for a command that another
        site's page lets a browser send. A session that is over is none.
        """
        token = request.cookies.get(COOKIE)
        if token is None:
            return None
        session = self._sessions.read_session(token, datetime.now(UTC))
        if session is None:
            return None
        self.require_same_origin(request)
        pool: Pool = request.app.state.pool
        async with acquire_within(pool, PATIENCE_SECONDS) as connection:
            known = await accounts.find_account(connection, session.account)
        return _build_principal(session, known)

    def require_same_origin(self, request: Request) -> None:
        """Raises `Forbidden` for a command that another site's page lets a browser send."""
        if request.method in _SAFE_METHODS:
            return
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site != "same-origin" and origin != self._origin:
            raise Forbidden("another-site", "This was sent from a page of another site. Nothing was done.")


def _build_principal(session: Session, known: KnownAccount | None) -> Principal | None:
    """Who has just signed in for the first time may be unknown here for a moment: a member without mandates."""
    if known is None:
        return Principal(session.account, session.member, by_cookie=True)
    ended = known.not_before is not None and session.signed_in_at < known.not_before
    if known.gone or ended:
        return None
    return Principal(known.account, known.member, known.mandates, by_cookie=True)


async def identify_principal(request: Request) -> Principal | None:
    """A dependency of whatever must know who asks; it is asked once a request."""
    identification: Identification = request.app.state.identification
    principal = await identification.identify(request)
    request.state.principal = principal
    return principal


PrincipalOrNone = Annotated[Principal | None, Depends(identify_principal)]

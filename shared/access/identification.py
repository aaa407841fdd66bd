"""Who asks: from a session's cookie or a program's token to the principal."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from shared.access import accounts
from shared.access.accounts import KnownAccount
from shared.access.bearer import TokenRefused, read_bearer_token
from shared.access.issuers import Issuers
from shared.access.limits import find_limits
from shared.access.principal import Principal
from shared.access.sessions import COOKIE, Session, SessionReader
from shared.contracts.refusals import Forbidden, Malformed
from shared.postgres.pool import Pool, Tx, acquire_within

PATIENCE_SECONDS = 10.0
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Identification:
    """Finds out who asks; `origin` is the address that browsers know, "https://host"."""

    def __init__(self, sessions: SessionReader, issuers: Issuers, origin: str) -> None:
        self._sessions = sessions
        self._issuers = issuers
        self._origin = origin

    async def identify(self, request: Request) -> Principal | None:
        """Who asks, or None for nobody in particular.

        Raises `Unauthenticated` for a token that doesn't count (any more), `Malformed` for two of them, and `Forbidden`
        for a command that another site's page lets a browser send. A session that is over is none.
        """
        cookie, tokens = request.cookies.get(COOKIE), request.headers.getlist("authorization")
        if len(tokens) + (cookie is not None) > 1:
            raise Malformed("two-credentials", "Send a session or one token, not more.")
        if tokens:
            return await self._identify_program(request, tokens[0])
        return await self._identify_browser(request, cookie) if cookie is not None else None

    async def _identify_program(self, request: Request, authorization: str) -> Principal:
        token = await read_bearer_token(self._issuers, authorization)
        known = await _look_up(request, lambda tx: accounts.find_identity(tx, token.issuer, token.subject))
        if known is None or not known.counts_since(token.issued_at):
            raise TokenRefused
        return Principal(known.account, known.member, known.mandates)

    async def _identify_browser(self, request: Request, cookie: str) -> Principal | None:
        session = self._sessions.read_session(cookie, datetime.now(UTC))
        if session is None:
            return None
        self.require_same_origin(request)
        return _build_principal(
            session, await _look_up(request, lambda tx: accounts.find_account(tx, session.account))
        )

    def require_same_origin(self, request: Request) -> None:
        """Raises `Forbidden` for a command that another site's page lets a browser send."""
        if request.method in _SAFE_METHODS:
            return
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site != "same-origin" and origin != self._origin:
            raise Forbidden("another-site", "This was sent from a page of another site. Nothing was done.")


async def _look_up(
    request: Request, find: Callable[[Tx], Awaitable[KnownAccount | None]]
) -> KnownAccount | None:
    pool: Pool = request.app.state.pool
    async with acquire_within(pool, PATIENCE_SECONDS) as connection:
        return await find(connection)


def _build_principal(session: Session, known: KnownAccount | None) -> Principal | None:
    """Who has just signed in for the first time may be unknown here for a moment: a member without mandates."""
    if known is None:
        return Principal(session.account, session.member, by_cookie=True)
    if not known.counts_since(session.signed_in_at):
        return None
    return Principal(known.account, known.member, known.mandates, by_cookie=True)


async def identify_principal(request: Request) -> Principal | None:
    """A dependency of whatever must know who asks; it is asked once a request."""
    identification: Identification = request.app.state.identification
    principal = await identification.identify(request)
    if principal is not None:
        await find_limits(request).count_account(principal)
    request.state.principal = principal
    return principal


PrincipalOrNone = Annotated[Principal | None, Depends(identify_principal)]

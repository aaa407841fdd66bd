"""Bearer tokens: what programs send instead of a session (RFC 6750), as their issuer signed it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.access.issuers import Issuers
from shared.access.signed_tokens import InvalidToken, SignedToken, read_unproved, verify_token
from shared.contracts.refusals import Unauthenticated

# RFC 9068, section 2.1.
_ACCESS_TOKEN = frozenset({"at+jwt", "application/at+jwt"})
# What issuers write that don't say which of their tokens is for access.
_UNTYPED = frozenset({None, "jwt", "application/jwt"})
# Claims that id tokens alone have (OpenID Connect Core 1.0, sections 2 and 3).
_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
SUBJECT_LETTERS = 255


class TokenRefused(Unauthenticated):
    """The token doesn't count: which of all reasons it is helps nobody but those who forge one."""

    headers: Mapping[str, str] = {"WWW-Authenticate": 'Bearer realm="alumnibus", error="invalid_token"'}

    def __init__(self) -> None:
        super().__init__("token-refused", "This token doesn't count here.")


class BearerToken(NamedTuple):
    """Whose token this is, as its issuer knows them, and when it was issued."""

    issuer: str
    subject: str
    issued_at: datetime


async def read_bearer_token(issuers: Issuers, authorization: str) -> BearerToken:
    """The token in this header. Raises `TokenRefused`, and `IssuerAway` where that can't be told now."""
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise InvalidToken
        return await _read_token(issuers, token.strip(" "))
    except InvalidToken:
        raise TokenRefused from None


async def _read_token(issuers: Issuers, token: str) -> BearerToken:
    issuer = issuers.find_issuer(read_unproved(token).claims.get("iss"))
    if issuer is None or issuer.settings.audience is None:
        raise InvalidToken
    proved = await verify_token(issuer, token, issuer.settings.audience)
    subject = proved.claims["sub"]
    untyped = issuer.settings.untyped_tokens and _may_be_for_access(proved, issuer.settings.client_id)
    if not (_is_access_token(proved) or untyped) or not _is_subject(subject):
        raise InvalidToken
    return BearerToken(issuer.settings.issuer, subject, _read_time(proved.claims["iat"]))


def _is_subject(subject: str) -> bool:
    """OpenID Connect Core 1.0, section 2: 255 ASCII characters at most."""
    return 0 < len(subject) <= SUBJECT_LETTERS and subject.isascii() and subject.isprintable()


def _is_access_token(token: SignedToken) -> bool:
    return _read_type(token.header) in _ACCESS_TOKEN


def _may_be_for_access(token: SignedToken, client_id: str) -> bool:
    """Of an issuer that writes "JWT" for each kind: nothing says that it is an id token. That is for the client, has
    the nonce or hashes of a sign-in, or says "ID" in a claim of Keycloak's."""
    audience = token.claims["aud"]
    return (
        _read_type(token.header) in _UNTYPED
        and client_id not in ([audience] if isinstance(audience, str) else audience)
        and not _OF_ID_TOKENS & token.claims.keys()
        and token.claims.get("typ", "Bearer") == "Bearer"
    )


def _read_type(header: Mapping[str, Any]) -> str | None:
    kind = header.get("typ")
    return None if kind is None else str(kind).lower()


def _read_time(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidToken from None

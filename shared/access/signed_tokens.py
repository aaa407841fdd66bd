"""Tokens that an issuer signed: whether they are its, for whom they are, and when they count."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry

from shared.access.issuers import Issuer
from shared.access.sessions import SKEW

# As large as tokens with many groups in them become; a header has 16 kB for all.
TOKEN_LETTERS = 8_192


class InvalidToken(Exception):
    """This doesn't count. Why is for nobody to know."""


class SignedToken(NamedTuple):
    """What was signed."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]


def read_unproved(token: str) -> SignedToken:
    """What the token says, which nobody has proved. Raises `InvalidToken`."""
    if len(token) > TOKEN_LETTERS:
        raise InvalidToken
    try:
        signature = extract_compact(token.encode("ascii"))
        header, claims = signature.headers(), json.loads(signature.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise InvalidToken from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken
    return SignedToken(header, claims)


async def verify_token(issuer: Issuer, token: str, audience: str, now: datetime | None = None) -> SignedToken:
    """The token, signed by this issuer for this audience, and valid now.

    Its key is one that the issuer publishes, by the name that the token says: whatever else its header says of keys
    (`jwk`, `jku`, `x5c`, `x5u`) is not looked at. Raises `InvalidToken`, `IssuerAway`.
    """
    key = await _find_key(issuer, read_unproved(token).header)
    registry = JWSRegistry(algorithms=issuer.settings.algorithms, strict_check_header=False)
    try:
        proved = jwt.decode(token, key, registry=registry)
        _build_rules(issuer, audience, now or datetime.now(UTC)).validate(proved.claims)
    except (JoseError, ValueError, TypeError):
        raise InvalidToken from None
    return SignedToken(proved.header, proved.claims)


async def _find_key(issuer: Issuer, header: Mapping[str, Any]) -> Key:
    """Nobody lets keys be fetched by a token that can't count anyway."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not (kid is None or isinstance(kid, str)):
        raise InvalidToken
    if algorithm not in issuer.settings.algorithms:
        raise InvalidToken
    key = await issuer.find_key(kid)
    if key is None or key.get("alg", algorithm) != algorithm:
        raise InvalidToken
    return key


def _build_rules(issuer: Issuer, audience: str, now: datetime) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(SKEW.total_seconds()),
        iss={"essential": True, "value": issuer.settings.issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )

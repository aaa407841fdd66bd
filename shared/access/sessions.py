"""Sessions: what members signs for whoever has signed in, and what every service reads from the cookie."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

# The prefix makes browsers refuse one that another host, or a page without TLS, would set.
COOKIE = "__Host-session"
LASTS, LASTS_AT_MOST = timedelta(hours=12), timedelta(days=7)
# Clocks of two hosts may differ by so much.
SKEW = timedelta(minutes=2)
_UNREADABLE = (JoseError, ValueError, KeyError, TypeError, AttributeError)
_ALGORITHM, _TYPE = "Ed25519", "session+jwt"


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in. `signed_in_at` is when they proved who they are, `made_at` when the session was signed last."""

    account: UUID
    member: UUID | None
    signed_in_at: datetime
    made_at: datetime


class SessionSigner:
    """Signs sessions; `private_key` is an Ed25519 key as JWK, which names itself by `kid`. Raises ValueError for any
    other text."""

    def __init__(self, private_key: str) -> None:
        try:
            self._key = OKPKey.import_key(json.loads(private_key))
        except _UNREADABLE:
            raise ValueError("the key that signs sessions is written as a JWK") from None

    def sign_session(self, session: Session) -> str:
        """The session as the cookie's value: a JWT that ends LASTS after `made_at`, and LASTS_AT_MOST after the
        sign-in."""
        ends = min(session.made_at + LASTS, session.signed_in_at + LASTS_AT_MOST)
        claims = {
            "sub": str(session.account),
            "member": session.member and str(session.member),
            "auth_time": int(session.signed_in_at.timestamp()),
            "iat": int(session.made_at.timestamp()),
            "exp": int(ends.timestamp()),
        }
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[_ALGORITHM])


class SessionReader:
    """Reads sessions that were signed by one of these keys; `public_keys` is a JWK set of Ed25519 keys. Raises
    ValueError for any other text."""

    def __init__(self, public_keys: str) -> None:
        try:
            self._keys = KeySet.import_key_set(json.loads(public_keys))
        except _UNREADABLE:
            raise ValueError("the keys of sessions are written as a JWK set") from None

    def read_session(self, token: str, now: datetime) -> Session | None:
        """The session that this is, or None for what is none: forged, of another kind, not yet or no longer valid."""
        try:
            verified = jwt.decode(token, self._keys, algorithms=[_ALGORITHM])
            claims = verified.claims
            session = Session(
                UUID(claims["sub"]),
                UUID(claims["member"]) if claims["member"] else None,
                datetime.fromtimestamp(claims["auth_time"], UTC),
                datetime.fromtimestamp(claims["iat"], UTC),
            )
            ends = datetime.fromtimestamp(claims["exp"], UTC)
        except (JoseError, ValueError, KeyError, TypeError, OverflowError):
            return None
        lasts = session.made_at - SKEW <= now < ends + SKEW
        return session if verified.header.get("typ") == _TYPE and lasts else None

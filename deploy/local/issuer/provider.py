"""What an OpenID provider promises, as far as the demo needs it: codes with PKCE, id tokens, client credentials."""

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pydantic import BaseModel, ConfigDict

from deploy.local.issuer.persons import DemoPerson

CODE_SECONDS, TOKEN_SECONDS = 60, 300
MOST_CODES = 1_000


class TokenError(Exception):
    """No token is given, for a reason of RFC 6749, section 5.2."""


class Client(BaseModel):
    """A program that is known here: with `redirect_uri` it signs people in, with `audience` it gets tokens itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: str
    redirect_uri: str = ""
    audience: str = ""


class AuthorizationRequest(BaseModel):
    """What a program asks by way of the browser."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    response_type: str
    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    code_challenge: str
    code_challenge_method: str


class _Code(NamedTuple):
    asked: AuthorizationRequest
    person: DemoPerson
    until: float


@dataclass
class Provider:
    """The provider at `url`; it forgets its key and its codes when it ends."""

    url: str
    clients: dict[str, Client]
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)}))
    _codes: dict[str, _Code] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Its metadata (OpenID Connect Discovery 1.0)."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks.json",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "email"],
            "authorization_response_iss_parameter_supported": True,
        }

    def publish_keys(self) -> dict[str, Any]:
        """Its public key."""
        keys: dict[str, Any] = dict(KeySet([self._key]).as_dict(private=False))
        return keys

    def is_asked_well(self, asked: AuthorizationRequest) -> bool:
        """Whether a program that is known here asks for a code with PKCE, to be sent where that program is."""
        client = self.clients.get(asked.client_id)
        known = client is not None and bool(client.redirect_uri) and client.redirect_uri == asked.redirect_uri
        code = (asked.response_type, asked.code_challenge_method) == ("code", "S256")
        return known and code and "openid" in asked.scope.split()

    def issue_code(self, asked: AuthorizationRequest, person: DemoPerson) -> str:
        """A code for somebody who has signed in, good once within a minute."""
        code, now = secrets.token_urlsafe(24), time.monotonic()
        self._codes = {each: kept for each, kept in self._codes.items() if kept.until > now}
        if len(self._codes) < MOST_CODES:
            self._codes[code] = _Code(asked, person, now + CODE_SECONDS)
        return code

    def redeem(self, client_id: str, secret: str, form: dict[str, str]) -> dict[str, Any]:
        """The tokens for a code, or for a program itself. Raises `TokenError`."""
        client = self.clients.get(client_id)
        if client is None or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise TokenError("invalid_client")
        match form.get("grant_type"):
            case "authorization_code":
                return self._redeem_code(client_id, form)
            case "client_credentials" if client.audience:
                return self._answer(self._sign_access(client_id, client.audience))
        raise TokenError("unsupported_grant_type")

    def _redeem_code(self, client_id: str, form: dict[str, str]) -> dict[str, Any]:
        kept = self._codes.pop(form.get("code", ""), None)
        if kept is None or kept.until < time.monotonic() or kept.asked.client_id != client_id:
            raise TokenError("invalid_grant")
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        proved = hmac.compare_digest(challenge.encode(), kept.asked.code_challenge.encode())
        if not proved or form.get("redirect_uri") != kept.asked.redirect_uri:
            raise TokenError("invalid_grant")
        claims = {
            "sub": kept.person.email,
            "aud": client_id,
            "nonce": kept.asked.nonce,
            "email": kept.person.email,
            "email_verified": True,
            "name": kept.person.name,
        }
        return self._answer(secrets.token_urlsafe(24)) | {"id_token": self._sign(claims, "JWT")}

    def _sign_access(self, client_id: str, audience: str) -> str:
        return self._sign({"sub": client_id, "client_id": client_id, "aud": audience}, "at+jwt")

    def _sign(self, claims: dict[str, Any], kind: str) -> str:
        now = int(time.time())
        times = {"iss": self.url, "iat": now, "exp": now + TOKEN_SECONDS, "jti": secrets.token_hex(16)}
        header = {"alg": "RS256", "kid": self._key.kid, "typ": kind}
        return jwt.encode(header, claims | times, self._key, algorithms=["RS256"])

    def _answer(self, access_token: str) -> dict[str, Any]:
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}

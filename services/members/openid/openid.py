"""Signing in with an issuer of OpenID Connect, by the code flow with PKCE.

What belongs to one browser is made of its secret, so that nobody else's code, state or token is of use in it.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from services.members.accounts.accounts import Proof
from services.members.sign_in import rules
from shared.access.issuer_http import IssuerFailed, post_form
from shared.access.issuers import Issuer, Issuers
from shared.access.signed_tokens import InvalidToken, SignedToken, verify_token
from shared.contracts.refusals import Forbidden, NotFound
from shared.postgres.pool import Tx

_SCOPE = "openid email"
_ACCESS_TOKEN = frozenset({"at+jwt", "application/at+jwt"})


class Errand(NamedTuple):
    """What somebody came back from: the issuer where they were, and the page to which they go on."""

    issuer: str
    back: str


class Return(NamedTuple):
    """What the browser brings back from an issuer (RFC 6749, section 4.1.2; `issuer` is RFC 9207's `iss`)."""

    state: str
    code: str
    issuer: str
    error: str


def require_issuer(issuers: Issuers, url: str) -> Issuer:
    """The issuer, if people may sign in with it. Raises `NotFound`."""
    issuer = issuers.find_issuer(url)
    if issuer is None:
        raise NotFound("issuer-unknown", "Nobody signs in with this issuer.")
    return issuer


async def begin_errand(tx: Tx, errand: Errand, browser: str) -> str:
    """Remember that this browser goes to an issuer; gives the state with which it comes back, once."""
    state = uuid4().hex
    await tx.execute(
        "INSERT INTO sign_in_errand (state_hash, browser_hash, issuer, back) VALUES ($1, $2, $3, $4)",
        rules.hash_text(state),
        rules.hash_text(browser),
        errand.issuer,
        errand.back,
    )
    return state


async def end_errand(tx: Tx, state: str, browser: str) -> Errand:
    """From where this browser comes back. Raises `Forbidden` for who didn't go, went too long ago, or was back."""
    row = await tx.fetchrow(
        "DELETE FROM sign_in_errand WHERE state_hash = $1 AND browser_hash = $2"
        " AND asked_at > now() - $3::interval RETURNING issuer, back",
        rules.hash_text(state),
        rules.hash_text(browser),
        rules.ERRAND_LASTS,
    )
    if row is None:
        raise Forbidden("sign-in-stale", "This sign-in began in another browser, too long ago, or is done.")
    return Errand(row["issuer"], row["back"])


async def build_request(issuer: Issuer, site: str, state: str, browser: str) -> str:
    """Where the browser goes to sign in. Raises `IssuerAway`, `Forbidden` if the issuer signs nobody in."""
    endpoint = (await issuer.read_published()).metadata.authorization_endpoint
    if endpoint is None:
        raise _refuse()
    query = {
        "response_type": "code",
        "client_id": issuer.settings.client_id,
        "redirect_uri": _name_return(site),
        "scope": _SCOPE,
        "state": state,
        "nonce": _derive(browser, "nonce", state),
        "code_challenge": _encode(sha256(_derive(browser, "verifier", state).encode()).digest()),
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"


async def redeem_code(issuer: Issuer, site: str, came: Return, browser: str) -> Proof:
    """Who the issuer says has come back.

    Raises `Forbidden` for what isn't its word, or isn't for this browser, and for an address that it hasn't verified;
    `IssuerAway` where that can't be told now.
    """
    if came.issuer and not hmac.compare_digest(came.issuer, issuer.settings.issuer):
        raise _refuse()
    if came.error or not came.code:
        raise Forbidden("sign-in-denied", "The sign-in was broken off there.")
    try:
        answer = await _ask_for_tokens(issuer, site, came, browser)
        token = await verify_token(issuer, str(answer.get("id_token", "")), issuer.settings.client_id)
    except (IssuerFailed, InvalidToken):
        raise _refuse() from None
    _require_for_browser(token, issuer, _derive(browser, "nonce", came.state))
    return _read_proof(issuer, token.claims)


async def _ask_for_tokens(issuer: Issuer, site: str, came: Return, browser: str) -> dict[str, Any]:
    endpoint = (await issuer.read_published()).metadata.token_endpoint
    if endpoint is None:
        raise _refuse()
    secret = issuer.settings.read_secret()
    form = {
        "grant_type": "authorization_code",
        "code": came.code,
        "redirect_uri": _name_return(site),
        "code_verifier": _derive(browser, "verifier", came.state),
    }
    if secret is None:
        return await post_form(endpoint, form | {"client_id": issuer.settings.client_id})
    return await post_form(endpoint, form, (issuer.settings.client_id, secret))


def _require_for_browser(token: SignedToken, issuer: Issuer, nonce: str) -> None:
    """OpenID Connect Core 1.0, section 3.1.3.7: an id token, for us alone or by our name, of this sign-in."""
    claims, client = token.claims, issuer.settings.client_id
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    ours = claims.get("azp", client) == client and (len(audiences) == 1 or "azp" in claims)
    fits = hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
    if not (ours and fits) or str(token.header.get("typ", "")).lower() in _ACCESS_TOKEN:
        raise _refuse()


def _read_proof(issuer: Issuer, claims: Any) -> Proof:
    email = claims.get("email")
    if email is not None and claims.get("email_verified") is not True:
        raise Forbidden("address-unverified", "The issuer hasn't verified your e-mail address.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise _refuse()
    return Proof(issuer.settings.issuer, subject, email if isinstance(email, str) else None)


def _refuse() -> Forbidden:
    """Which of all reasons it is helps nobody but those who forge one."""
    return Forbidden("sign-in-refused", "What the issuer sent doesn't count here. Nobody was signed in.")


def _name_return(site: str) -> str:
    return f"{site}/sign-in/back"


def _derive(browser: str, purpose: str, state: str) -> str:
    return _encode(rules.derive_secret(browser, f"{purpose} {state}"))


def _encode(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")

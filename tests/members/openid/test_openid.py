"""Signing in with an issuer of OpenID Connect, and what none of it lets anybody do."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from shared.access.issuers import Issuers
from shared.contracts.catalogue import ACCOUNT
from shared.testing.issuer import CLIENT, SmallIssuer, running_issuer
from shared.testing.services import Running, read_outbox
from tests.members.people import KIM
from tests.members.sign_in.browser import FOREIGN, Browser

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[SmallIssuer]:
    """An issuer on this machine."""
    with running_issuer() as running:
        yield running


@pytest.fixture
def members(signing_in: Running, issuer: SmallIssuer) -> Running:
    """Members that know the issuer, and have read nothing of it yet."""
    issuer.publish(
        issuer.key, authorization_endpoint=f"{issuer.url}/authorize", token_endpoint=f"{issuer.url}/token"
    )
    configured = issuer.settings.model_copy(update={"client_secret": SecretStr("s3cret")})
    signing_in.app.state.issuers = Issuers([configured])
    return signing_in


async def go(browser: Browser, issuer: SmallIssuer, back: str = "/me") -> dict[str, str]:
    """Go to the issuer; gives what it is asked."""
    answer = await browser.get("/sign-in/with", params={"issuer": issuer.url, "return": back})
    assert answer.status_code == 303, answer.text
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{issuer.url}/authorize"
    return {name: value for name, [value] in parse_qs(where.query).items()}


def issue(
    issuer: SmallIssuer, asked: dict[str, str], header: Any = None, key: Any = None, **claims: Any
) -> None:
    """Answer the code with an id token, or one that differs so."""
    usual = {"aud": CLIENT, "sub": "kim-1", "email": KIM, "email_verified": True, "nonce": asked["nonce"]}
    token = issuer.issue({"typ": "JWT"} | (header or {}), key, **(usual | claims))
    issuer.answer("/token", {"id_token": token, "access_token": "x", "token_type": "Bearer"})


async def come_back(browser: Browser, asked: dict[str, str], **more: str) -> Any:
    """Come back from the issuer with a code."""
    params = {"state": asked["state"], "code": "c0de", **more}
    return await browser.get("/sign-in/back", params=params, headers=FOREIGN)


async def is_in(browser: Browser) -> bool:
    """Whether somebody has signed in."""
    return (await browser.get("/account", headers=JSON)).status_code == 200


async def test_a_member_signs_in_with_an_issuer_by_the_address_that_it_has_verified(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    asked = await go(browser, issuer, "/events/x?lang=de")
    issue(issuer, asked)

    back = await come_back(browser, asked, iss=issuer.url)

    assert (back.status_code, back.headers["location"]) == (303, "/events/x?lang=de")
    assert (await browser.get("/account", headers=JSON)).json()["member"] == str(kim)
    [(_, _, account)] = await read_outbox(members.pool, ACCOUNT.name)
    assert account["identities"] == [{"issuer": issuer.url, "subject": "kim-1"}]
    posted = issuer.posted[-1]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(posted["code_verifier"].encode()).digest())
    assert asked["code_challenge"] == challenge.decode().rstrip("=")
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email")
    assert posted["redirect_uri"] == asked["redirect_uri"] == "http://127.0.0.1:8000/sign-in/back"


WRONG: tuple[dict[str, Any], ...] = (
    {"iss": "https://other.example"},
    {"aud": "somebody-else"},
    {"aud": [CLIENT, "somebody-else"]},
    {"azp": "somebody-else"},
    {"exp": int(time.time()) - 200},
    {"nonce": "of-another-sign-in"},
    {"nonce": None},
    {"header": {"typ": "at+jwt"}},
    {"header": {"kid": "../../etc/passwd"}},
    {"key": RSAKey.generate_key(2048, {"kid": "first"})},
)
UNVERIFIED: tuple[dict[str, Any], ...] = tuple({"email_verified": said} for said in (False, None, "true"))


async def test_what_isnt_the_issuers_word_for_this_sign_in_lets_nobody_in(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    for wrong in WRONG + UNVERIFIED:
        asked = await go(browser, issuer)
        issue(issuer, asked, **wrong)

        back = await come_back(browser, asked)

        assert back.status_code == 403, wrong
        assert ("confirmed there" if wrong in UNVERIFIED else "count here") in back.text, wrong
        assert not await is_in(browser)
    assert await read_outbox(members.pool, ACCOUNT.name) == []


async def test_algorithms_that_prove_nothing_are_refused(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    """`none`, and the public key taken for a shared secret (RFC 8725, sections 2.1 and 3.1)."""
    public = issuer.key.as_pem(private=False)
    for algorithm, key in (("none", None), ("HS256", public)):
        asked = await go(browser, issuer)
        issue(issuer, asked)
        said = json.loads(issuer.answers["/token"][2])["id_token"].split(".")
        head = (
            base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": "first"}).encode())
            .decode()
            .rstrip("=")
        )
        unsigned = f"{head}.{said[1]}"
        signature = b"" if key is None else hmac.digest(key, unsigned.encode(), "sha256")
        forged = f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
        issuer.answer("/token", {"id_token": forged})

        assert (await come_back(browser, asked)).status_code == 403
        assert not await is_in(browser)


async def test_clocks_may_differ_by_two_minutes(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    for late, status in ((100, 303), (140, 403)):
        for shift in ({"exp": int(time.time()) - late}, {"iat": int(time.time()) + late}):
            asked = await go(browser, issuer)
            issue(issuer, asked, **shift)
            assert (await come_back(browser, asked)).status_code == status
            browser.cookies.clear()


async def test_a_state_is_of_use_once_and_in_its_own_browser(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    asked, victim = await go(browser, issuer), Browser(members.anonymous())
    await go(victim, issuer)
    issue(issuer, asked)

    # Somebody's own code and state, planted in another browser: that would sign the victim in as somebody else.
    planted = await come_back(victim, asked)
    first, secret = await come_back(browser, asked), dict(browser.cookies)
    browser.cookies = secret
    replayed = await come_back(browser, asked)
    made_up = await come_back(browser, asked | {"state": "0" * 32})

    assert [a.status_code for a in (planted, first, replayed, made_up)] == [403, 303, 403, 403]
    assert not await is_in(victim)
    assert "begin again" in planted.text


async def test_what_another_issuer_answers_and_what_the_issuer_refuses_lets_nobody_in(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    asked = await go(browser, issuer)
    issue(issuer, asked)
    mixed_up = await come_back(browser, asked, iss="https://other.example")
    denied = await come_back(browser, await go(browser, issuer), error="access_denied")
    issuer.answer("/token", {"error": "invalid_grant"}, 400)
    refused = await come_back(browser, await go(browser, issuer))
    unknown = await browser.get("/sign-in/with", params={"issuer": "https://other.example"})

    assert [a.status_code for a in (mixed_up, denied, refused, unknown)] == [403, 403, 403, 404]
    assert "broken off" in denied.text
    assert not await is_in(browser)


async def test_two_issuers_that_name_one_address_are_two_accounts_of_one_member(
    members: Running, browser: Browser, issuer: SmallIssuer, kim: UUID
) -> None:
    for subject in ("kim-1", "kim-2", "kim-1"):
        browser.cookies.clear()
        asked = await go(browser, issuer)
        issue(issuer, asked, sub=subject)
        await come_back(browser, asked)

    found = [data["member"] for _, _, data in await read_outbox(members.pool, ACCOUNT.name)]
    assert found == [str(kim)] * 2


async def test_an_issuer_that_is_away_is_said_so(
    members: Running, browser: Browser, issuer: SmallIssuer
) -> None:
    issuer.answers.clear()

    answer = await browser.get("/sign-in/with", params={"issuer": issuer.url})

    assert answer.status_code == 503
    assert "doesn&#39;t answer" in answer.text

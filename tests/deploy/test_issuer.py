"""The demo's issuer keeps what OpenID Connect promises, as any other does."""

import base64
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local.data.people import write_lists
from deploy.local.issuer.__main__ import create_issuer_app
from deploy.local.issuer.persons import CONTACT_PERSON, MEMBER, OPERATOR
from deploy.local.issuer.provider import Client, Provider

URL, BACK = "http://127.0.0.1:8199", "http://127.0.0.1:8100/sign-in/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "response_type": "code",
    "client_id": "alumnibus",
    "redirect_uri": BACK,
    "scope": "openid email",
    "state": "s1",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def provider() -> Provider:
    """The provider, which knows one site and one system."""
    clients = {
        "alumnibus": Client(secret="s3cret", redirect_uri=BACK),
        "giz-systems": Client(secret="s4cret", audience="interfaces"),
    }
    return Provider(URL, clients)


@pytest.fixture
async def http(provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    """The issuer over HTTP."""
    transport = httpx.ASGITransport(create_issuer_app(provider))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def choose(http: httpx.AsyncClient, email: str = OPERATOR.email) -> dict[str, str]:
    """Sign in as a person; gives what the browser brings back."""
    answer = await http.post("/authorize", params=ASKED, data={"email": email})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, BACK)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def redeem(http: httpx.AsyncClient, code: str, secret: str = "s3cret", **other: str) -> httpx.Response:
    """Exchange a code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return await http.post("/token", data=form | other, auth=("alumnibus", secret))


async def read_claims(http: httpx.AsyncClient, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a token says, by the key that the issuer publishes."""
    described = (await http.get("/.well-known/openid-configuration")).json()
    keys = KeySet.import_key_set((await http.get(urlsplit(described["jwks_uri"]).path)).json())
    read = jwt.decode(token, keys, algorithms=["RS256"])
    return dict(read.header), dict(read.claims)


async def test_who_is_chosen_gets_an_id_token_for_the_program_that_asked(http: httpx.AsyncClient) -> None:
    page = await http.get("/authorize", params=ASKED)
    came = await choose(http)

    given = (await redeem(http, came["code"])).raise_for_status().json()

    assert OPERATOR.name in page.text
    assert (came["state"], came["iss"]) == ("s1", URL)
    _, claims = await read_claims(http, given["id_token"])
    said = {name: claims[name] for name in ("iss", "aud", "nonce", "email", "email_verified")}
    assert said == {
        "iss": URL,
        "aud": "alumnibus",
        "nonce": "n1",
        "email": OPERATOR.email,
        "email_verified": True,
    }


async def test_a_code_is_good_once_with_its_verifier_for_its_program(http: httpx.AsyncClient) -> None:
    refused = [
        await redeem(http, (await choose(http))["code"], code_verifier="w" * 43),
        await redeem(http, (await choose(http))["code"], redirect_uri="https://elsewhere.example"),
        await redeem(http, (await choose(http))["code"], secret="guessed"),
        await redeem(http, "made-up"),
    ]
    code = (await choose(http))["code"]
    first, again = await redeem(http, code), await redeem(http, code)

    assert [answer.status_code for answer in refused] == [400, 400, 401, 400]
    assert (first.status_code, again.status_code) == (200, 400)


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://elsewhere.example/back"},
        {"client_id": "somebody"},
        {"client_id": "giz-systems", "redirect_uri": ""},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
    ],
)
async def test_nobody_is_sent_back_to_a_program_that_isnt_known_or_asks_without_pkce(
    http: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    for method in ("GET", "POST"):
        answer = await http.request(method, "/authorize", params=ASKED | wrong, data={"email": MEMBER.email})
        assert answer.status_code == 400


async def test_a_partners_system_gets_a_token_of_its_own(http: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}

    given = await http.post("/token", data=form, auth=("giz-systems", "s4cret"))
    people_only = await http.post("/token", data=form, auth=("alumnibus", "s3cret"))

    header, claims = await read_claims(http, given.json()["access_token"])
    assert header["typ"] == "at+jwt"
    assert (claims["sub"], claims["aud"]) == ("giz-systems", "interfaces")
    assert people_only.status_code == 400


async def test_only_synthetic_addresses_are_persons_here(http: httpx.AsyncClient) -> None:
    answer = await http.post("/authorize", params=ASKED, data={"email": "somebody@bundestag.de"})

    assert answer.status_code == 422


def test_the_member_and_the_contact_person_are_in_the_demos_lists(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    addresses = write_lists(tmp_path_factory.mktemp("lists")).story_addresses

    assert {MEMBER.email, CONTACT_PERSON.email} <= set(addresses.values())

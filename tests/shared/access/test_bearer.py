"""Programs send tokens of an issuer that is configured; whatever only looks like one is refused without a word why."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.access.accounts import AccountState, store_accounts
from shared.contracts.members import Account, AccountIdentity
from shared.postgres.pool import transaction
from shared.testing.access import build_headers
from shared.testing.issuer import CLIENT, SmallIssuer, running_issuer
from tests.shared.access.conftest import House

OWN = RSAKey.generate_key(2048, {"kid": "first"})
ELLIPTIC = ECKey.generate_key("P-256", {"kid": "first"})


async def ask(house: House, token: str, method: str = "GET", **headers: str) -> httpx.Response:
    return await house.running.anonymous().request(
        method, "/me", headers={"Authorization": f"Bearer {token}", **headers}
    )


async def test_a_token_of_the_issuer_is_the_account_that_it_knows_so(house: House) -> None:
    for method in ("GET", "POST"):
        answer = await ask(house, house.issuer.issue(), method)
        assert answer.json() == {"account": str(house.kim), "by_cookie": False}

    several = house.issuer.issue(aud=["another", "https://alumni.example/api"], nbf=int(time.time()))
    assert (await ask(house, several)).status_code == 200


def encode(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def unsign(issuer: SmallIssuer, algorithm: str) -> str:
    _, claims, _ = issuer.issue().split(".")
    return f"{encode({'alg': algorithm, 'typ': 'at+jwt', 'kid': 'first'})}.{claims}."


def sign_with_public_key(issuer: SmallIssuer, public: bytes) -> str:
    """HMAC, with what everybody knows as its secret."""
    signed = f"{encode({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'first'})}.{issuer.issue().split('.')[1]}"
    return f"{signed}.{encode_bytes(hmac.digest(public, signed.encode(), 'sha256'))}"


def encode_bytes(text: bytes | str) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def sign_loosely(issuer: SmallIssuer, header: dict[str, Any]) -> str:
    """With parts of the header that a library would not write."""
    registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    whole = {"alg": "RS256", "typ": "at+jwt", **header}
    return jwt.encode(whole, read_claims(issuer.issue()), OWN, registry=registry)


def ago(minutes: float) -> int:
    return int(time.time() - 60 * minutes)


FORGED: dict[str, Callable[[SmallIssuer], str]] = {
    "unsigned": lambda i: unsign(i, "none"),
    "unsigned, spelled otherwise": lambda i: unsign(i, "nOnE"),
    "a signature taken away": lambda i: i.issue().rpartition(".")[0] + ".",
    "claims exchanged": lambda i: ".".join(
        [(parts := i.issue().split("."))[0], encode({**read_claims(i.issue()), "sub": "eve"}), parts[2]]
    ),
    "HMAC with the public key as PEM": lambda i: sign_with_public_key(i, i.key.as_pem(private=False)),
    "HMAC with the public key as JWK": lambda i: sign_with_public_key(
        i, json.dumps(i.key.as_dict(private=False)).encode()
    ),
    "another algorithm of the same key": lambda i: i.issue({"alg": "RS512"}),
    "another's key under its name": lambda i: i.issue(key=OWN),
    "another kind of key under its name": lambda i: i.issue({"alg": "ES256"}, key=ELLIPTIC),
    "a key of its own in the header": lambda i: sign_loosely(
        i, {"kid": "first", "jwk": OWN.as_dict(private=False)}
    ),
    "the name of a key that is a path": lambda i: i.issue({"kid": "../../../../dev/null"}, key=OWN),
    "the name of a key that is a query": lambda i: i.issue({"kid": "x' UNION SELECT 'x"}, key=OWN),
    "no name of a key": lambda i: i.issue({"kid": None}, key=OWN),
    "the name of a key that is a list": lambda i: ".".join(
        [encode({"alg": "RS256", "typ": "at+jwt", "kid": ["first"]}), *i.issue().split(".")[1:]]
    ),
    "an algorithm that is a list": lambda i: ".".join(
        [encode({"alg": ["RS256"]}), *i.issue().split(".")[1:]]
    ),
    "an extension that must be known": lambda i: ".".join(
        [encode({"alg": "RS256", "kid": "first", "crit": ["x"], "x": 1}), *i.issue().split(".")[1:]]
    ),
    "an issuer that isn't configured, with the same key": lambda i: i.issue(iss="https://evil.example"),
    "the issuer with a slash": lambda i: i.issue(iss=f"{i.url}/"),
    "no issuer": lambda i: i.issue(iss=None),
    "a list of issuers": lambda i: i.issue(iss=[i.url]),
    "another audience": lambda i: i.issue(aud="https://another.example"),
    "no audience": lambda i: i.issue(aud=None),
    "an audience that isn't text": lambda i: i.issue(aud={"https://alumni.example/api": 1}),
    "over for longer than clocks differ": lambda i: i.issue(exp=ago(2.1)),
    "without an end": lambda i: i.issue(exp=None),
    "an end that is no time": lambda i: i.issue(exp="tomorrow"),
    "an end that is no number": lambda i: i.issue(exp=float("nan")),
    "not yet": lambda i: i.issue(nbf=ago(-2.1)),
    "issued in the future": lambda i: i.issue(iat=ago(-2.1)),
    "issued at no time": lambda i: i.issue(iat=None),
    "issued before all times": lambda i: i.issue(iat=-(10**30)),
    "an id token": lambda i: i.issue({"typ": "JWT"}, aud=CLIENT, nonce="n"),
    "an id token for both": lambda i: i.issue({"typ": "JWT"}, aud=[CLIENT, "https://alumni.example/api"]),
    "what isn't said to be for access": lambda i: i.issue({"typ": "JWT"}),
    "a sign-out's token": lambda i: i.issue({"typ": "logout+jwt"}),
    "nobody's": lambda i: i.issue(sub=None),
    "somebody's who isn't known": lambda i: i.issue(sub="eve"),
    "a subject that isn't text": lambda i: i.issue(sub=["kim"]),
    "a subject that can't be stored": lambda i: i.issue(sub="kim\0"),
    "many kilobytes": lambda i: i.issue(groups="g" * 7_000),
    "brackets without end": lambda i: f"{encode({'alg': 'RS256'})}.{encode_bytes('[' * 5_000)}.x",
    "no claims": lambda i: ".".join([encode({"alg": "RS256"}), encode([1]), "x"]),
    "no header": lambda i: ".".join([encode(["alg"]), encode({"iss": i.url}), "x"]),
    "no token": lambda i: "kim",
    "nothing": lambda i: "",
    "letters of elsewhere": lambda i: "ключ",
    "encrypted": lambda i: "a.b.c.d.e",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_what_only_looks_like_a_token_is_refused_without_a_reason(
    house: House, forge: Callable[[SmallIssuer], str]
) -> None:
    header = (b"Authorization", f"Bearer {forge(house.issuer)}".encode())

    answer = await house.running.anonymous().get("/me", headers=[header])

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="alumnibus", error="invalid_token"'
    assert answer.json()["detail"] == "This token doesn't count here."


@pytest.fixture
def evil() -> Iterator[SmallIssuer]:
    """Somebody's server with keys of theirs."""
    with running_issuer() as running:
        running.publish(OWN)
        yield running


@pytest.mark.parametrize("name", ["jku", "x5u"])
async def test_nobody_is_asked_for_keys_because_a_token_says_so(
    house: House, evil: SmallIssuer, name: str
) -> None:
    token = sign_loosely(house.issuer, {"kid": "first", name: f"{evil.url}/keys"})

    assert (await ask(house, token)).status_code == 401
    assert evil.asked == []


@pytest.mark.parametrize("minutes", [{"exp": 1.9}, {"nbf": -1.9}, {"iat": -1.9}])
async def test_clocks_may_differ_by_two_minutes(house: House, minutes: dict[str, float]) -> None:
    claims: dict[str, Any] = {claim: ago(value) for claim, value in minutes.items()}
    token = house.issuer.issue(**claims)

    assert (await ask(house, token)).status_code == 200


async def test_signing_out_everywhere_ends_tokens_that_were_issued_before(house: House) -> None:
    now = datetime.now(UTC)
    kim = Account(
        account=house.kim,
        identities=(AccountIdentity(issuer=house.issuer.url, subject="kim"),),
        not_before=now - timedelta(seconds=30),
    )
    async with transaction(house.running.pool) as tx:
        await store_accounts(tx, [AccountState(house.kim, kim, 2)])

    assert (await ask(house, house.issuer.issue(iat=ago(1)))).status_code == 401
    assert (await ask(house, house.issuer.issue())).status_code == 200


async def test_two_credentials_are_one_too_many(house: House) -> None:
    token = house.issuer.issue()

    both = await ask(house, token, **build_headers())
    twice = await house.running.anonymous().get("/me", headers=[("Authorization", f"Bearer {token}")] * 2)

    assert (both.status_code, twice.status_code) == (400, 400)


@pytest.mark.parametrize(
    "header", ["Basic a2ltOmtpbQ==", "Bearer", "DPoP x", "{token}", "Bearer {token} {token}"]
)
async def test_another_scheme_is_refused(house: House, header: str) -> None:
    sent = header.format(token=house.issuer.issue())

    answer = await house.running.anonymous().get("/me", headers={"Authorization": sent})

    assert answer.status_code == 401


async def test_who_sends_nothing_hears_how_one_signs_in(house: House) -> None:
    answer = await house.running.anonymous().get("/me")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="alumnibus"')

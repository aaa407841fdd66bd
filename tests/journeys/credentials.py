"""What proves who somebody is: got in each way there is, and sent, true and spoiled, to wherever it may fail."""

import base64
import json
import mailbox
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx

from deploy.local.home import get_secret
from deploy.local.processes import CLIENT, ISSUER, SYSTEM
from deploy.postgres.roles import SERVICES
from services.members.sessions.cookies import BROWSER
from services.members.sign_in.rules import derive_digits
from shared.access.sessions import COOKIE
from shared.testing.access import SIGNING_KEY
from shared.testing.waiting import eventually
from tests.journeys.conftest import Platform
from tests.members.sign_in.browser import OURS, Browser

COORDINATOR = "coordinator.giz@example.org"
_LINK = re.compile(r"/sign-in/link/([\w-]+)")
# Whoever does this has none left.
_ENDS_SESSIONS = ("delete", "/account/sessions")


@dataclass(frozen=True)
class Credentials:
    """A person's session, a program's token, a link that isn't used yet with its digits, and all other secrets that
    were used on the way, by name."""

    session: str
    token: str
    link: str
    digits: str
    others: Mapping[str, str]

    def list_texts(self) -> Iterator[tuple[str, str]]:
        """What must stand nowhere, by name: of signed tokens what is signed, and the signature."""
        for name, token in (("session", self.session), ("token", self.token)):
            _, payload, signature = token.split(".")
            yield from ((f"{name}'s claims", payload), (f"{name}'s signature", signature))
        yield "link", self.link
        yield from self.others.items()


async def get_credentials(platform: Platform) -> Credentials:
    """Sign a coordinator in with the issuer, let a program have a token, and ask for a link by mail."""
    members, secret = platform.clients["members"], get_secret(platform.home, "issuer-client")
    issuer, system = (
        str(platform.clients[ISSUER].base_url).rstrip("/"),
        get_secret(platform.home, "issuer-system"),
    )
    await _give_mandates(members, issuer)
    async with httpx.AsyncClient(base_url=members.base_url) as http:
        person, elsewhere = Browser(http), Browser(http)
        # Before the issuer proves the address: of the mailbox it is known as long as a mandate waits for it.
        link = await _ask_for_link(elsewhere, platform)
        returned = await _sign_in(person, platform.clients[ISSUER], issuer)
    browser = elsewhere.cookies[BROWSER]
    return Credentials(
        person.cookies[COOKIE],
        await _get_token(platform.clients[ISSUER], system),
        link,
        derive_digits(browser),
        {
            "code": returned["code"],
            "state": returned["state"],
            "browser": browser,
            "client's secret": secret,
            "client's secret in a header": _encode_basic(CLIENT, secret),
            "system's secret": system,
            "session key": json.loads(SIGNING_KEY)["d"],
        },
    )


async def send_everywhere(platform: Platform, credentials: Credentials) -> None:
    """To each operation of each service, as what it is, spoiled, and as what it isn't."""
    for service in SERVICES:
        base = platform.clients[service].base_url
        async with httpx.AsyncClient(base_url=base) as http:
            paths = (await http.get("/openapi.json")).json()["paths"]
            operations = [(method, path) for path, methods in paths.items() for method in methods]
            for method, path in operations:
                if (method, path) != _ENDS_SESSIONS:
                    for headers in _build_headers(credentials):
                        await http.request(method, path.format_map(_Filled()), headers=headers)


async def use_link(platform: Platform, credentials: Credentials, digits: str) -> httpx.Response:
    """Follow the link where it wasn't asked for, and type these digits."""
    async with httpx.AsyncClient(base_url=platform.clients["members"].base_url) as http:
        await http.get(f"/sign-in/link/{credentials.link}", headers=OURS)
        await http.get("/sign-in/mail", headers=OURS | _say({BROWSER: credentials.others["browser"]}))
        fields = {"token": credentials.link, "digits": digits}
        return await http.post("/sign-in/digits", data=fields, headers=OURS)


async def come_back(platform: Platform, credentials: Credentials) -> None:
    """Come from the issuer once more, and with what another would guess."""
    issuer = str(platform.clients[ISSUER].base_url).rstrip("/")
    query = {"code": credentials.others["code"], "state": credentials.others["state"], "iss": issuer}
    async with httpx.AsyncClient(base_url=platform.clients["members"].base_url) as http:
        for headers in (OURS, OURS | _say({BROWSER: credentials.others["browser"]})):
            await http.get("/sign-in/back", params=query, headers=headers)
            await http.get("/sign-in/with", params={"issuer": issuer}, headers=headers)


def find_leaks(platform: Platform, credentials: Credentials) -> set[tuple[str, str]]:
    """The logs in which any of these stands, with its name."""
    digits = re.compile(rf"(?<![\d.]){credentials.digits}(?!\d)")  # no part of a number: of a time, say
    found = set()
    for file in platform.logs.glob("*.log"):
        text = file.read_text("utf-8", "replace")
        found |= {(file.name, name) for name, secret in credentials.list_texts() if secret in text}
        found |= {(file.name, "digits")} if digits.search(text) else set()
    return found


async def _give_mandates(members: httpx.AsyncClient, issuer: str) -> None:
    giz = {"name": "GIZ", "kind": "institute", "country": "DE"}
    (await members.put("/organisations/giz", json=giz)).raise_for_status()
    for command in (
        {"role": "coordinator", "organisation": "giz", "email": COORDINATOR},
        {"role": "partner-system", "organisation": "giz", "issuer": issuer, "subject": SYSTEM},
    ):
        (await members.post("/mandates", json=command)).raise_for_status()


async def _sign_in(person: Browser, provider: httpx.AsyncClient, issuer: str) -> dict[str, str]:
    """What the issuer sent the browser back with."""
    asked = await person.get("/sign-in/with", params={"issuer": issuer})
    chosen = await provider.post(asked.headers["location"], data={"email": COORDINATOR})
    back = urlsplit(chosen.headers["location"])
    came = await person.get(f"/sign-in/back?{back.query}")
    assert came.status_code == 303, came.text
    return dict(parse_qsl(back.query))


async def _ask_for_link(browser: Browser, platform: Platform) -> str:
    await browser.post("/sign-in", {"email": COORDINATOR})

    async def find_link() -> str:
        found = [_LINK.search(text) for text in _read_mails(platform)]
        return next((link[1] for link in found if link), "")

    return await eventually(find_link)


def _read_mails(platform: Platform) -> Iterator[str]:
    for mail in mailbox.Maildir(platform.mails, create=False):
        for part in mail.walk():
            content = part.get_payload(decode=True)
            yield content.decode() if isinstance(content, bytes) else ""


async def _get_token(provider: httpx.AsyncClient, secret: str) -> str:
    form = {"grant_type": "client_credentials"}
    answer = await provider.post("/token", data=form, auth=httpx.BasicAuth(SYSTEM, secret))
    token: str = answer.raise_for_status().json()["access_token"]
    return token


def _build_headers(credentials: Credentials) -> Iterator[dict[str, str]]:
    """The session, the token, both spoiled in their end, both at once, and what is no token at all."""
    session, token = credentials.session, credentials.token
    basic = _encode_basic(CLIENT, credentials.others["client's secret"])
    yield _say({COOKIE: session})
    yield {"Authorization": f"Bearer {token}"}
    yield _say({COOKIE: f"{session}A"})
    yield {"Authorization": f"Bearer {token}A"}
    yield _say({COOKIE: session}) | {"Authorization": f"Bearer {token}"}
    yield {"Authorization": f"Basic {basic}"}
    yield {"Authorization": f"Bearer {credentials.link} {basic}"}


def _say(cookies: Mapping[str, str]) -> dict[str, str]:
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Sec-Fetch-Site": "same-origin",
    }


def _encode_basic(name: str, secret: str) -> str:
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


class _Filled(dict[str, str]):
    """Any part of a path as an id that nothing has."""

    def __missing__(self, name: str) -> str:
        return "018f0000-0000-7000-8000-000000000000"

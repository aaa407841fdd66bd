"""Signing in at the demo as a browser does: to the issuer, there as somebody, and back with a session."""

import asyncio
from collections.abc import Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urljoin

import httpx

from deploy.local.home import get_secret
from deploy.local.operate import build_command, build_environment
from deploy.session_keys import make_key
from shared.access.sessions import COOKIE


class NotSignedIn(Exception):
    """Somebody couldn't sign in; it says where they got stuck."""


class IssuerEntrance:
    """The demo's entrance: everybody whom its issuer knows by an address comes in."""

    def __init__(self, home: Path, door: str, issuer: str) -> None:
        self._home = home
        self._door = door
        self._issuer = issuer
        self.session_key = get_secret(home, "session-key", make_key)

    async def invite_operator(self, email: str) -> None:
        """Give the command line's order. Raises `NotSignedIn` with what it said."""
        process = await asyncio.create_subprocess_exec(
            *build_command(["members", "operators", "invite", email]),
            env=build_environment(self._home, "members"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode != 0:
            raise NotSignedIn(f"operators invite: {said.decode()[:200]}")

    async def sign_in(self, email: str) -> Mapping[str, str]:
        """Come in by the issuer. Raises `NotSignedIn`."""
        return await sign_in(self._door, self._issuer, email)


async def sign_in(door: str, issuer: str, email: str) -> dict[str, str]:
    """The headers of a browser in which this person of the demo has signed in. Raises `NotSignedIn`."""
    cookies: dict[str, str] = {}
    async with httpx.AsyncClient(timeout=60) as http:
        away = await _ask(http, cookies, "GET", f"{door}/sign-in/with", params={"issuer": issuer})
        chosen = await _ask(http, {}, "POST", away, data={"email": email})
        await _ask(http, cookies, "GET", chosen)
    if COOKIE not in cookies:
        raise NotSignedIn("members gave no session")
    return {"Cookie": f"{COOKIE}={cookies[COOKIE]}", "Sec-Fetch-Site": "same-origin"}


async def _ask(
    http: httpx.AsyncClient, cookies: dict[str, str], method: str, url: str, **more: object
) -> str:
    """Where one is sent on; what cookies are set is kept by hand, as http on this machine is as good as https."""
    sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    answer = await http.request(method, url, headers=sent, **more)  # type: ignore[arg-type]
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise NotSignedIn(f"{httpx.URL(url).path} answered {answer.status_code}")
    for line in answer.headers.get_list("set-cookie"):
        cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    return urljoin(url, answer.headers["location"])

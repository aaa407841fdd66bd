"""Signing in at the demo as a browser does: to the issuer, there as somebody, and back with a session."""

from http.cookies import SimpleCookie
from urllib.parse import urljoin

import httpx

from shared.access.sessions import COOKIE


class NotSignedIn(Exception):
    """Somebody couldn't sign in; it says where they got stuck."""


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

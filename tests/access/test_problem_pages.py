"""Whatever a browser is refused, in whichever service, is a page with a way on; a program gets the document."""

import re
from collections.abc import Mapping
from urllib.parse import quote

import httpx
import pytest

from deploy.access_page import Endpoint
from deploy.postgres.roles import SERVICES
from shared.testing.services import Running, open_client
from tests.access.credentials import NOBODY, ROLES, Comes
from tests.access.test_routes import list_endpoints_of, send_to
from tests.shared.web.page_reader import GERMAN

COMERS: Mapping[str, Comes] = {
    "nobody": NOBODY["anonymously"],
    **{role: ROLES[role][0] for role in ("member", "operator")},
}
PROBES = ("/livez", "/readyz", "/readyz/{part}", "/metrics")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("comes", COMERS)
async def test_what_a_browser_is_refused_is_a_page_in_its_language(
    services: Mapping[str, Running], service: str, comes: str
) -> None:
    running, refused = services[service], set()
    headers = {**await COMERS[comes](running.pool), **GERMAN}
    async with open_client(running.app, headers) as http:
        for endpoint in list_endpoints_of(service):
            if endpoint.path not in PROBES and can_be_refused(endpoint, comes):
                answer = await send_to(http, endpoint)
                refused.add(answer.status_code)
                require_page(answer)

    assert refused >= ({303, 401} if comes == "nobody" else {403, 404})


def can_be_refused(endpoint: Endpoint, comes: str) -> bool:
    """Whether this may be refused: an operator's own pages are others' tests."""
    reads = endpoint.method in ("GET", "HEAD")
    return not (
        reads and "{" not in endpoint.path and {*endpoint.audiences} & {comes, "account", "public", "anyone"}
    )


def require_page(answer: httpx.Response) -> None:
    """A refusal is a page: German, with what is the case and the way on; one who isn't signed in is led there."""
    asked, status = answer.request, answer.status_code
    if status == 303 and answer.headers["Location"].startswith("/sign-in?"):
        assert (
            answer.headers["Location"] == f"/sign-in?return={quote(asked.url.raw_path.decode(), safe='/%')}"
        )
    if status < 400:
        return
    assert answer.headers["Content-Type"].startswith("text/html"), (asked.method, asked.url.path, status)
    assert answer.headers["Content-Language"] == "de"
    if asked.method != "HEAD":
        assert re.search(r"<h1>.*[a-z]{3}", answer.text), asked.url.path
        assert '<a class="btn' in answer.text or "<form" in answer.text, asked.url.path


@pytest.mark.parametrize("service", SERVICES)
async def test_an_address_that_nobody_has_is_a_page_to_a_browser_alone(
    services: Mapping[str, Running], service: str
) -> None:
    async with open_client(services[service].app) as http:
        page = await http.get("/nothing/here", headers=GERMAN)
        document = await http.get("/nothing/here", headers={"Accept": "application/json"})

    assert page.status_code == 404
    assert "Unter dieser Adresse gibt es nichts" in page.text
    assert document.headers["Content-Type"] == "application/problem+json"

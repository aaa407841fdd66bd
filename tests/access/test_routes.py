"""Each endpoint serves whom docs/access.md names and nobody else, whatever they come with."""

import re
from collections.abc import Mapping
from uuid import uuid4

import httpx
import pytest

from deploy.access_page import PAGE, PUBLIC, Endpoint, list_endpoints, render_page
from deploy.postgres.roles import SERVICES
from shared.testing.services import Running, open_client
from tests.access.credentials import NOBODY, ROLES, Comes

FILES = {"list": ("list.csv", b"a,b"), "mapping": ("list.toml", b"")}
PUBLICLY = frozenset({PUBLIC, "anyone"})
_ROW = re.compile(r"^\| `(?P<method>[A-Z]+) (?P<path>\S+)` \| (?P<names>.+) \|$")


def read_page() -> list[Endpoint]:
    """What docs/access.md says."""
    found: list[Endpoint] = []
    service = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            service = line.removeprefix("## ")
        elif row := _ROW.fullmatch(line):
            found.append(Endpoint(service, row["method"], row["path"], tuple(row["names"].split(", "))))
    return found


DOCUMENTED = read_page()


def test_the_page_is_made_from_the_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE", "KAFKA", "PUBLIC_ID_SECRET", "PUBLIC_URL", "SESSION_KEYS", "SMTP"):
        monkeypatch.setenv(f"ALUMNIBUS_{name}", "")
    monkeypatch.setenv("ALUMNIBUS_SESSION_SIGNING_KEY", "")

    assert PAGE.read_text("utf-8") == render_page(), "run `make access`"


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_has_every_endpoint_that_runs(services: Mapping[str, Running], service: str) -> None:
    running = set(list_endpoints(service, services[service].app))

    assert {each for each in DOCUMENTED if each.service == service} == running


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("how", NOBODY)
async def test_who_is_nobody_gets_what_is_public_and_nothing_else(
    services: Mapping[str, Running], service: str, how: str
) -> None:
    running = services[service]
    for endpoint in list_endpoints_of(service):
        answer = await _ask(running, endpoint, NOBODY[how])
        if PUBLICLY.isdisjoint(endpoint.audiences):
            assert answer.status_code == 401, (endpoint, answer.text)
        else:
            assert not _is_refused_by_role(answer), (endpoint, answer.text)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_in_where_it_is_named_and_nowhere_else(
    services: Mapping[str, Running], service: str, role: str
) -> None:
    come, names = ROLES[role]
    for endpoint in list_endpoints_of(service):
        answer = await _ask(services[service], endpoint, come)
        is_served = bool({*endpoint.audiences} & {*names, *PUBLICLY})
        assert _is_refused_by_role(answer) != is_served, (endpoint, answer.status_code, answer.text)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_command_that_another_site_lets_a_browser_send_is_refused(
    services: Mapping[str, Running], service: str
) -> None:
    for endpoint in list_endpoints_of(service):
        if endpoint.method in ("GET", "HEAD") or PUBLIC in endpoint.audiences:
            continue
        for origin in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
            session = {"Cookie": (await ROLES["member"][0](services[service].pool))["Cookie"]}
            async with open_client(services[service].app, session | origin) as http:
                answer = await send_to(http, endpoint)
            assert answer.status_code == 403, (endpoint, answer.text)
            assert answer.json()["type"].endswith("/another-site"), (endpoint, answer.text)


def list_endpoints_of(service: str) -> list[Endpoint]:
    """The endpoints of a service."""
    return [each for each in DOCUMENTED if each.service == service]


async def _ask(running: Running, endpoint: Endpoint, come: Comes) -> httpx.Response:
    async with open_client(running.app, await come(running.pool)) as http:
        return await send_to(http, endpoint)


async def send_to(http: httpx.AsyncClient, endpoint: Endpoint) -> httpx.Response:
    """A request that names nothing that exists, with a body of the kind that the endpoint takes."""
    path = re.sub(r"\{(\w+)\}", lambda part: str(uuid4()), endpoint.path)
    body: dict[str, str] | None = None if endpoint.method in ("GET", "HEAD", "DELETE") else {}
    answer = await http.request(endpoint.method, path, json=body)
    if answer.status_code == 415:
        answer = await http.request(endpoint.method, path, files=FILES)
    if answer.status_code == 415:
        answer = await http.request(endpoint.method, path, data={"some": "field"})
    return answer


def _is_refused_by_role(answer: httpx.Response) -> bool:
    """Whether it is the declaration that refuses, and not the handler, to whom it isn't theirs."""
    if answer.status_code == 403 and answer.request.method != "HEAD":
        return (
            "not-for-your-role" in answer.text
            or "This isn't for you in the role that you have" in answer.text
        )
    return answer.status_code in (401, 403)

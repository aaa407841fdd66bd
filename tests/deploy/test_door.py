"""The front door: one origin, behind which each service has its place, and what is inside stays inside."""

import base64
import hashlib
import re
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from deploy.local.children import Children
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import DOOR, ISSUER, MAILBOX, Processes, build_parts
from deploy.postgres.roles import SERVICES
from services.notifications.composing.links import find_page
from services.notifications.deliveries.kinds import Kind
from shared.messaging.kafka import Kafka
from shared.runtime.http.app import create_app
from tests.operations.network import compose_all

CANARY = "kanarienvogel"
FEEDS = ("/offers.ics", "/offers.atom", "/offers.csv", "/offers.json")


class Echo:
    """A service in small: it says how it was asked; `is_ready` is what its probes say."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_ready = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        asked: dict[str, object] = {
            "service": self.name,
            "path": request.url.path,
            "query": request.url.query,
        }
        asked["accept"] = request.headers.get("accept", "")
        asked["client"] = request.headers.getlist("x-forwarded-for")
        if request.url.path.startswith(("/livez", "/readyz")):
            return JSONResponse(asked | {"ready": self.is_ready}, 200 if self.is_ready else 503)
        if location := request.query_params.get("location"):
            return Response(status_code=303, headers={"Location": location})
        return JSONResponse(asked | {"filler": "x" * 2_000}, headers={"ETag": '"one"'})


@dataclass
class House:
    """The door, the services behind it and for how long they run, their ports, and the door's log."""

    http: httpx.Client
    services: Mapping[str, Echo]
    running: Mapping[str, ExitStack]
    ports: Mapping[str, int]
    log: Path


@contextmanager
def serving(app: Echo, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, host=LOOPBACK, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def open_house(home: Path, patience: str = "10s") -> Iterator[House]:
    for folder in ("logs", "secrets"):
        (home / folder).mkdir()
    ports = {name: free_port() for name in (DOOR, *SERVICES, MAILBOX, ISSUER)}
    parts = build_parts(home, ports, dict.fromkeys(SERVICES, "postgresql://own"), Kafka("k:1"), 25)
    door = next(part for part in parts if part.name == DOOR)
    settings = {**door.environment, "ALUMNIBUS_DOOR_PATIENCE": patience}
    with ExitStack() as stack:
        services = {name: Echo(name) for name in SERVICES}
        running = {name: stack.enter_context(ExitStack()) for name in SERVICES}
        for name, service in services.items():
            running[name].enter_context(serving(service, ports[name]))
        processes = Processes(stack.enter_context(Children()), home, [replace(door, environment=settings)])
        processes.start(DOOR)
        http = stack.enter_context(httpx.Client(base_url=f"http://{LOOPBACK}:{ports[DOOR]}", timeout=20))
        yield House(http, services, running, ports, home / "logs" / f"{DOOR}.log")
        processes.stop_all()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, FastAPI]:
    """The real services' apps, which nobody serves here."""
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_URL", "https://alumni.example")
    composed = compose_all(
        dict.fromkeys(SERVICES, "postgresql://own"), Kafka("k:1"), "smtp://m:25", monkeypatch
    )
    return {name: create_app(service, lambda _: nullcontext()) for name, service in composed.items()}


def test_services_hear_which_address_asks_and_nothing_that_a_client_says_of_it(house: House) -> None:
    written = [
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-For", "192.0.2.2"),
        ("Forwarded", "for=192.0.2.3"),
    ]

    asked = house.http.get("/api/members/organisations", headers=written).json()

    assert asked["client"] == [LOOPBACK]


def test_each_operation_of_each_interface_is_where_its_document_says(
    house: House, apps: Mapping[str, FastAPI]
) -> None:
    for name, app in apps.items():
        document = app.openapi()
        (server,) = document["servers"]
        prefix = server["url"].removeprefix("https://alumni.example")
        paths = [path for path in document["paths"] if not path.startswith(("/livez", "/readyz", "/metrics"))]
        assert paths
        for path in [*paths, "/docs", "/openapi.json"]:
            if name == "events" and path in FEEDS:
                continue
            method = next(iter(document["paths"].get(path, {"get": None})))
            asked = house.http.request(method, prefix + path, params={"q": "1"}).json()
            assert (asked["service"], asked["query"]) == (name, "q=1")
            assert asked["path"] == path


def test_pages_and_feeds_are_at_the_root(house: House) -> None:
    for path in ("/", "/events/fest", "/events/fest.ics", "/static/alumnibus.css", "/partners", *FEEDS):
        asked = house.http.get(path).json()
        assert (asked["service"], asked["path"]) == ("events", path)
    for path in ("/organisations/daad", "/organisations/daad/members/new"):
        asked = house.http.get(path).json()
        assert (asked["service"], asked["path"]) == ("members", path)
    assert house.http.put("/organisations/daad").status_code == 404


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/organisations/giz/offers", "events"),
        ("/organisations/giz/offers/1/registrations.csv", "events"),
        ("/organisations/giz/deliveries", "notifications"),
        ("/organisations/giz/deliveries/1", "notifications"),
        ("/console/notifications/deliveries", "notifications"),
        *((f"/console/{service}", service) for service in SERVICES),
        ("/console", "members"),
    ],
)
def test_pages_of_coordinators_and_operators_are_those_of_the_service_that_knows(
    house: House, path: str, service: str
) -> None:
    asked = house.http.get(path).json()
    assert (asked["service"], asked["path"]) == (service, path)
    assert house.http.get(f"/api/{service}{path}").status_code == 404


def test_the_page_to_which_a_mail_leads_is_one_of_the_service_that_the_door_asks(
    house: House, apps: Mapping[str, FastAPI]
) -> None:
    ids = {"registration": str(uuid4()), "request": str(uuid4())}
    about = [(facts, slug) for facts in (ids, {}) for slug in ("fest", None)]
    pages = {find_page(kind, facts, slug) for kind in Kind for facts, slug in about}
    assert len(pages) == 8
    for page in pages:
        asked = house.http.get(page).json()
        scope = {"type": "http", "method": "GET", "path": asked["path"]}
        assert any(route.matches(scope)[0] is Match.FULL for route in apps[asked["service"]].routes), page


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/livez", "/readyz", "/readyz/all", "/", "/events/fest", "/organisations/daad/members"],
)
def test_what_is_for_operators_and_what_has_its_place_elsewhere_is_in_no_interface(
    house: House, path: str
) -> None:
    for name in SERVICES:
        answer = house.http.get(f"/api/{name}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/readyz/all", "/offers", "/members", "/api/members/../../metrics", "/api/%2e%2e/metrics",
     "/api//metrics", "/api/members//metrics", "/api/members/%6detrics", "/API/MEMBERS/METRICS", "/api/others/x"],
)  # fmt: skip
def test_there_is_no_way_round_to_what_is_inside(house: House, path: str) -> None:
    request = httpx.Request("GET", house.http.base_url.copy_with(raw_path=path.encode()))
    assert house.http.send(request).status_code == 404


def test_a_place_that_an_answer_names_is_one_behind_the_door(house: House) -> None:
    for location in ("/members/1", "https://alumni.example/members/1"):
        answer = house.http.post("/api/members/members", params={"location": location})
        assert answer.headers["Location"] == "/api/members/members/1"


def test_answers_are_compressed_and_known_again(house: House) -> None:
    first = house.http.get("/", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    assert "one" in first.headers["ETag"]


def test_readiness_is_that_of_all_and_who_is_not_ready_says_so(house: House) -> None:
    for path in ("/livez", "/readyz"):
        answer = house.http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"ready": True})
        for service in house.services.values():
            service.is_ready = False
            answer = house.http.get(path)
            service.is_ready = True
            assert (answer.status_code, answer.json()["service"]) == (503, service.name)


def test_a_service_that_is_away_is_named_to_programs_and_a_page_says_it_to_people(tmp_path: Path) -> None:
    with open_house(tmp_path, patience="200ms") as house:
        house.running["events"].close()
        for path in ("/readyz", "/api/events/offers"):
            answer = house.http.get(path)
            assert answer.status_code == 502
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["title"] == "This part doesn't answer: events. Try again."
        page = house.http.get(f"/events/{CANARY}?{CANARY}", headers={"Cookie": CANARY})
        assert page.status_code == 502
        check_page(page, "Diese Seite ist gleich wieder da")
        assert '"status":502' in house.log.read_text()
        assert CANARY not in house.log.read_text()


def test_a_browser_that_asks_for_nothing_that_is_there_gets_a_page_and_no_interface_makes_one(
    house: House,
) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    page = house.http.get(f"/{CANARY}/", headers=browser)
    inside = house.http.get("/api/events/metrics", headers=browser)

    assert page.status_code == 404
    check_page(page, "Unter dieser Adresse gibt es nichts")
    assert inside.headers["Content-Type"] == "application/problem+json"
    for path, accepted in (
        ("/", browser["Accept"]),
        ("/api/events/x", "application/json,application/xhtml+xml;q=0.9"),
    ):
        assert house.http.get(path, headers=browser).json()["accept"] == accepted


def check_page(page: httpx.Response, said: str) -> None:
    """It stands in the language of either, and its policy allows its own style and nothing else."""
    [style] = re.findall("<style>(.*)</style>", page.text)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["Content-Security-Policy"]
    assert f'<div lang="de"><h1>{said}</h1>' in page.text
    assert CANARY not in page.text


def test_who_comes_while_a_service_is_started_again_is_served(tmp_path: Path) -> None:
    with open_house(tmp_path) as house, ThreadPoolExecutor() as clients:
        house.running["events"].close()
        answers = [clients.submit(house.http.post, "/api/events/offers") for _ in range(4)]
        done, waiting = wait(answers, timeout=1)
        assert (len(done), len(waiting)) == (0, 4)
        house.running["events"].enter_context(serving(house.services["events"], house.ports["events"]))
        assert [answer.result().status_code for answer in answers] == [200] * 4


def test_another_host_is_not_served(house: House) -> None:
    assert house.http.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_the_log_of_the_door_says_of_nobody_who_asked_what(house: House) -> None:
    before = len(house.log.read_bytes())
    house.http.get(f"/events/{CANARY}?{CANARY}", headers={"X-Name": CANARY, "Referer": f"http://{CANARY}/"})
    house.http.get(f"/{CANARY}", auth=(CANARY, CANARY), headers={"Cookie": CANARY})
    until = time.monotonic() + 10
    while (said := house.log.read_text()[before:]).count('"status"') < 2:
        assert time.monotonic() < until
    assert '"uri":"/events"' in said
    assert CANARY not in said
    assert LOOPBACK not in said

"""A parameter that a route doesn't declare is refused by its name, wherever the route declares its own."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from shared.access.serving import PUBLIC
from shared.messaging.kafka import Kafka
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service

router = APIRouter(dependencies=[PUBLIC])


class TeaQuery(BaseModel):
    """Which teas to list."""

    sort: list[str] = []
    origin: str = ""


def read_limit(limit: int = 10) -> int:
    return limit


@router.get("/teas")
async def list_teas(
    query: Annotated[TeaQuery, Query()],
    limit: Annotated[int, Depends(read_limit)],
    loose: Annotated[bool, Query(alias="loose-leaf")] = False,
) -> str:
    """Declares its parameters in a model, by a dependency, and under another name."""
    return f"{query.sort} {query.origin} {limit} {loose}"


@router.post("/teas/{pot}")
async def pour_tea(pot: int) -> int:
    """Declares none."""
    return pot


@router.get("/", response_class=HTMLResponse)
async def show_teas() -> str:
    """A page."""
    return "tea"


@pytest.fixture
async def running(
    dsns: Mapping[str, str], kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    set_broker(monkeypatch, kafka)
    settings = Settings(database=dsns["members"])
    async with running_service(
        Service(name="members", settings=settings, folder=Path(__file__).parent, router=router)
    ) as running:
        yield running


async def test_what_is_declared_is_taken(running: Running) -> None:
    answer = await running.http.get("/teas?sort=green&sort=white&origin=uji&limit=5&loose-leaf=true")

    assert answer.json() == "['green', 'white'] uji 5 True"


@pytest.mark.parametrize(
    ("method", "address", "refused"),
    [
        ("GET", "/teas?sorte=green", ["query.sorte"]),
        ("GET", "/teas?sort=green&Origin=uji&loose=1", ["query.Origin", "query.loose"]),
        ("GET", "/teas?query=1", ["query.query"]),
        ("POST", "/teas/1?pot=2", ["query.pot"]),
        ("GET", "/teas?=1", ["query."]),
    ],
)
async def test_what_is_not_declared_is_refused_by_its_name(
    running: Running, method: str, address: str, refused: list[str]
) -> None:
    answer = await running.http.request(method, address)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    assert [error["field"] for error in answer.json()["errors"]] == refused


async def test_a_page_and_the_probes_take_any_address(running: Running) -> None:
    assert (await running.http.get("/?utm_source=letter")).text == "tea"
    assert (await running.http.get("/livez?from=probe")).status_code == 200

"""The page of the interface and the schemas of the topics, as a partner's developer reads them."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from shared.messaging.kafka import Kafka
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service

router = APIRouter()


class Tea(BaseModel):
    """A cup of it."""

    sort: str


@router.post("/teas/{pot}")
async def pour(pot: int, tea: Tea) -> Tea:
    """Pour a cup."""
    return tea


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


async def test_the_page_names_every_operation_and_loads_nothing_from_elsewhere(running: Running) -> None:
    page = (await running.http.get("/docs")).text

    assert "/teas/{pot}" in page
    assert "Pour a cup." in page
    assert "A cup of it." in page
    assert "http" not in page.partition("<body>")[2]
    assert "<script" not in page


async def test_a_schema_is_where_its_messages_say(running: Running) -> None:
    answer = await running.http.get("/schemas/members.member.v1.json")
    missing = await running.http.get("/schemas/teas.json")

    assert answer.json()["$id"] == "urn:alumnibus:schema:members.member.v1"
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


async def test_every_error_is_a_problem_document(running: Running) -> None:
    answers = {
        404: await running.http.get("/nowhere"),
        405: await running.http.put("/teas/1"),
        413: await running.http.post("/teas/1", json="x" * 1_000_001),
        415: await running.http.post("/teas/1", content=b"<tea/>", headers={"content-type": "text/xml"}),
        422: await running.http.post("/teas/one", json={"sort": "green"}),
    }

    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


async def test_a_request_keeps_its_correlation_id(running: Running) -> None:
    given = await running.http.get("/livez", headers={"X-Correlation-ID": "mine-1"})
    odd = await running.http.get("/livez", headers={"X-Correlation-ID": "two words"})

    assert given.headers["x-correlation-id"] == "mine-1"
    assert odd.headers["x-correlation-id"] != "two words"

"""The page of the interface and the schemas of the topics, as a partner's developer reads them."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from shared.contracts.catalogue import locate_schema, outbound
from shared.messaging.kafka import Kafka
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service

router = APIRouter()
ORIGIN = "https://alumni.example"


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
    settings = Settings(database=dsns["members"], public_url=ORIGIN)
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
    named = locate_schema(ORIGIN, "members.member.v1")
    answer = await running.http.get(named.removeprefix(ORIGIN))
    of_an_organisation = locate_schema(ORIGIN, outbound("giz").name).removeprefix(ORIGIN)

    assert answer.json()["$id"] == named
    assert answer.headers["content-type"] == "application/schema+json"
    assert (await running.http.get(of_an_organisation)).json()["title"] == "Notification"
    for missing in ("teas.json", "members.member.v1", "members.member.v1.json.json"):
        unknown = await running.http.get(f"/schemas/{missing}")
        assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


async def test_the_document_of_the_topics_is_beside_the_schemas_that_it_refers_to(running: Running) -> None:
    answer = await running.http.get("/schemas/asyncapi.json")
    document = answer.json()

    assert answer.headers["content-type"] == "application/vnd.aai.asyncapi+json;version=3.0.0"
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            if "$ref" in message["payload"]:
                there = await running.http.get(urljoin("/schemas/asyncapi.json", message["payload"]["$ref"]))
                assert there.json()["type"] == "object"


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

"""The page of the interface and the schemas of the topics, as a partner's developer reads them."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urljoin

import pytest
from fastapi import APIRouter
from pydantic import BaseModel, Field, WithJsonSchema

from shared.access.serving import PUBLIC
from shared.contracts.catalogue import locate_schema, outbound
from shared.messaging.kafka import Kafka
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service

router = APIRouter(dependencies=[PUBLIC])
ORIGIN = "https://alumni.example"
ORIGINS = [f"origin-{number}" for number in range(1, 101)]


class Tea(BaseModel):
    """A cup of it,
    poured with `sort`."""

    lemon: bool = False
    sort: Literal["green", "black"]
    origin: Annotated[str | None, WithJsonSchema({"enum": ORIGINS})] = None
    poured_at: datetime | None = Field(None, description="when it was <b>hot</b>")


@router.post("/teas/{pot}")
async def pour(pot: int, tea: Tea, work: UnitOfWorkDep) -> Tea:
    """Pour a cup."""
    return tea


@router.get("/teas")
async def list_teas(work: UnitOfWorkDep, sort: str | None = None) -> list[Tea]:
    """What was poured."""
    return []


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
    assert "A cup of it, poured with <code>sort</code>." in page
    assert "http" not in page.partition("<body>")[2]
    assert "<script" not in page


async def test_the_page_shows_what_a_command_needs_and_an_example_of_it(running: Running) -> None:
    page = _read_text((await running.http.get("/docs")).text)

    assert '{ "sort": "green" }' in page
    assert "sort required green, black lemon true or false (otherwise false)" in page
    assert "poured_at date and time or null when it was &lt;b&gt;hot&lt;/b&gt;" in page
    assert "?sort text" in page
    assert page.count("Idempotency-Key") == 1


async def test_long_lists_of_codes_are_folded(running: Running) -> None:
    page = (await running.http.get("/docs")).text
    folded = re.sub("<details>.*?</details>", "", page, flags=re.DOTALL)

    assert "one code out of 100" in _read_text(page)
    assert "origin-100" in page
    assert "origin-100" not in folded


def _read_text(page: str) -> str:
    """What a reader sees of it, without the folded lists' first codes."""
    body = page.partition("<main>")[2].replace("&#34;", '"')
    return (
        " ".join(re.sub("<[^>]+>", " ", body).split())
        .replace(" ,", ",")
        .replace("( ", "(")
        .replace(" )", ")")
    )


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

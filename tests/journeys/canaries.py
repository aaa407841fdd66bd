"""A name that is sent everywhere it can be sent, while everything fails that may."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka.errors import KafkaError

from deploy.postgres.roles import SERVICES
from shared.contracts.catalogue import TOPICS, Topic
from shared.messaging.kafka import Kafka
from shared.testing.kafka import open_producer
from tests.events.samples import COLLOQUIUM
from tests.journeys.conftest import Platform

CANARY = "Kanarienvogel"
ID = "018f0000-0000-7000-8000-000000000000"
FAR_FUTURE = 4_102_444_800_000  # ms since 1970: in the year 2100
# What a test needs to go on: who sends and reads must be able to begin.
KEPT = ("outbox", "inbox", "position", "relay", "partition", "generation", "attempt", "schema")


async def send_everywhere(platform: Platform) -> None:
    """To each operation of each service: in its path, its query, its headers, and in each field of its body."""
    for service in SERVICES:
        http = platform.clients[service]
        document = (await http.get("/openapi.json")).json()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                body = _fill_body(document, operation)
                for value in (CANARY, ID):
                    await _send(http, method, re.sub(r"\{\w+\}", value, path), body)


async def send_commands(platform: Platform) -> None:
    """What would change tables, were they as they should be."""
    person = {"given_name": CANARY, "family_name": CANARY, "email": f"{CANARY}@example.org"}
    organisation = {"name": CANARY, "kind": "institute", "country": "DE"}
    joining = await platform.clients["members"].post(
        "/members", json={**person, "language": "de", "organisation": "giz"}
    )
    naming = await platform.clients["members"].put("/organisations/giz", json=organisation)
    drafting = await platform.clients["events"].post(
        "/offers", json={**COLLOQUIUM, "title": CANARY, "organisation": "giz"}
    )
    assert {joining.status_code, naming.status_code, drafting.status_code} == {500}


async def send_records(kafka: Kafka) -> None:
    """To each topic: as data that can't be read, by its owner and by somebody else."""
    async with open_producer(kafka) as producer:
        for topic in TOPICS:
            for source in (topic.source, f"/{CANARY}"):
                await producer.send_and_wait(
                    kafka.topic_name(topic.name),
                    f'{{"name": "{CANARY}", "x": '.encode(),
                    str(uuid4()).encode(),
                    headers=_build_headers(topic, source),
                )


async def send_refused_records(kafka: Kafka) -> None:
    """To each topic a record that Kafka itself refuses: from the far future; where keys count, without one."""
    async with open_producer(kafka) as producer:
        for topic in TOPICS:
            name, value = kafka.topic_name(topic.name), CANARY.encode()
            with pytest.raises(KafkaError):
                await producer.send_and_wait(name, value, value, timestamp_ms=FAR_FUTURE)
            if topic.kind == "state":
                with pytest.raises(KafkaError):
                    await producer.send_and_wait(name, value, None)


async def are_parked(platform: Platform) -> bool:
    """Whether each service has met a record that it can't read."""
    found = []
    for dsn in platform.dsns.values():
        connection = await asyncpg.connect(dsn)
        found.append(await connection.fetchval("SELECT EXISTS (SELECT FROM parked)"))
        await connection.close()
    return all(found)


async def refuse_rows(platform: Platform) -> None:
    """Whatever a service writes to its tables fails from now on, with the row in the error's words."""
    for service, dsn in platform.dsns.items():
        connection = await asyncpg.connect(dsn)
        await connection.execute(
            f"CREATE FUNCTION {service}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'refused' USING DETAIL = format('row %s of {CANARY}', NEW); END $$"
        )
        for table in await _list_tables(connection, service):
            await connection.execute(
                f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {service}.{table}"
                f" FOR EACH ROW EXECUTE FUNCTION {service}.refuse()"
            )
        await connection.close()


async def take_tables_away(platform: Platform) -> None:
    """Whatever a service asks its tables for fails from now on."""
    for service, dsn in platform.dsns.items():
        connection = await asyncpg.connect(dsn)
        for table in await _list_tables(connection, service):
            await connection.execute(f"ALTER TABLE {service}.{table} RENAME TO {table}_away")
        await connection.close()


async def _list_tables(connection: "asyncpg.Connection[asyncpg.Record]", service: str) -> list[str]:
    rows = await connection.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = $1", service)
    return [row["name"] for row in rows if not row["name"].startswith(KEPT)]


def _build_headers(topic: Topic, source: str) -> list[tuple[str, bytes]]:
    attributes = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": source,
        "type": next(iter(topic.types)),
        "time": "2026-01-01T00:00:00Z",
        "sequence": "00000000000000000001",
    }
    return [(f"ce_{name}", value.encode()) for name, value in attributes.items()]


async def _send(http: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None) -> None:
    headers = {"Referer": f"http://{CANARY}/", "User-Agent": CANARY, "X-Name": CANARY}
    keyed = headers | {"Idempotency-Key": f"{CANARY}-{uuid4()}"}
    (await http.request(method, path, params={"q": CANARY, CANARY: CANARY}, headers=headers)).read()
    if body is not None:
        (await http.request(method, path, json=body, headers=keyed)).read()
        (await http.request(method, path, json=[body], headers=keyed)).read()
        (await http.request(method, path, content=f'{{"{CANARY}'.encode(), headers=keyed)).read()


def _fill_body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return content and dict(_fill_fields(document, content["schema"]))


def _fill_fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each field as its schema wants it, with the name where any text will do."""
    named = document["components"]["schemas"]
    properties = named[schema["$ref"].rpartition("/")[2]]["properties"] if "$ref" in schema else {}
    for name, field in properties.items():
        chosen = field.get("anyOf", [field])[0]
        chosen = named[chosen["$ref"].rpartition("/")[2]] if "$ref" in chosen else chosen
        yield name, _fill_field(chosen)


def _fill_field(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") in ("integer", "number"):
        return 1
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") == "array":
        return [CANARY]
    forms = {
        "uuid": ID,
        "email": f"{CANARY}@example.org",
        "date": "2020-01-01",
        "date-time": "2099-01-01T10:00",
    }
    return forms.get(schema.get("format", ""), CANARY)

"""Traces of real services: a request is one trace as far as its effect in another service, and names nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import uuid4

import httpx
import pytest

from deploy.kafka import topics
from deploy.local.servers import Servers
from deploy.postgres import roles
from shared.contracts.catalogue import TOPICS
from shared.testing.databases import clone_database
from shared.testing.kafka import delete_topics
from shared.testing.services import sign_in
from shared.testing.waiting import eventually
from tests.conftest import PASSWORDS
from tests.shared.toy.processes import serving
from tests.trace_receiver import ReceivedSpan, Receiver, receiving

CANARY = "Kanarienvogel"
SETTINGS = {"ALUMNIBUS_PUBLIC_ID_SECRET": "ab" * 32, "OTEL_BSP_SCHEDULE_DELAY": "100"}
TRACED = ("members", "events")


@dataclass(frozen=True)
class Traced:
    """The API of members, and the collector that members and events send to."""

    http: httpx.AsyncClient
    receiver: Receiver
    prefix: str

    async def join(self, name: str, **headers: str) -> str:
        """Make a member; returns its id."""
        person = {"given_name": name, "family_name": name, "email": f"{name}-{uuid4()}@example.org"}
        person |= {"language": "de", "organisation": "giz"}
        answer = await self.http.post("/members", json=person, headers=headers)
        answer.raise_for_status()
        member: str = answer.json()["member"]
        return member

    async def find_way(self, request: str, trace: str | None = None) -> dict[str, ReceivedSpan]:
        """The spans of the newest such request, by service and name, when all are there as far as events."""
        requests = [s for s in self.receiver.spans if s.name == request and trace in (None, s.trace)]
        way = self.receiver.find_trace(requests[-1].trace) if requests else {}
        wanted = {f"members: send {self.topic}", f"events: process {self.topic}"}
        return way if wanted <= way.keys() else {}

    @property
    def topic(self) -> str:
        """What tells events of members."""
        return f"{self.prefix}members.profile.v1"


@pytest.fixture(scope="module")
async def traced(servers: Servers, template: str) -> AsyncIterator[Traced]:
    """Members and events as processes of their own, with all their parts."""
    kafka = replace(servers.kafka, prefix=f"{uuid4().hex[:8]}.")
    made = await topics.create_topics(kafka, TOPICS, partitions=1)
    async with AsyncExitStack() as stack:
        receiver = stack.enter_context(receiving())
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in (SETTINGS | {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address}).items():
            environment.setenv(name, value)
        database = await stack.enter_async_context(clone_database(servers.postgres, template))
        dsns = {name: roles.service_dsn(servers.postgres, database, name, PASSWORDS[name]) for name in TRACED}
        members, _ = await asyncio.gather(
            *(
                stack.enter_async_context(serving(dsn, kafka, program=f"services.{name}"))
                for name, dsn in dsns.items()
            )
        )
        members.http.headers.update(await sign_in(dsns["members"], "members"))
        giz = {"name": CANARY, "kind": "institute", "country": "DE"}
        (await members.http.put("/organisations/giz", json=giz)).raise_for_status()
        yield Traced(members.http, receiver, kafka.prefix)
    await delete_topics(kafka, made)


async def test_a_request_is_one_trace_as_far_as_its_effect_in_another_service(traced: Traced) -> None:
    await traced.join("Anna")

    way = await eventually(lambda: traced.find_way("POST /members"))

    request, sent = way["members: POST /members"], way[f"members: send {traced.topic}"]
    applied = way[f"events: process {traced.topic}"]
    assert (request.parent, sent.parent, applied.parent) == ("", request.span, sent.span)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "http.route": "/members",
    }
    assert applied.attributes["messaging.destination.name"] == traced.topic
    assert applied.attributes["messaging.consumer.group.name"] == f"{traced.prefix}events"


async def test_a_partners_trace_goes_on_through_our_services(traced: Traced) -> None:
    trace, partner = uuid4().hex, "00f067aa0ba902b7"
    await traced.join("Berta", traceparent=f"00-{trace}-{partner}-01")

    way = await eventually(lambda: traced.find_way("POST /members", trace))

    assert way["members: POST /members"].parent == partner


async def test_what_comes_of_a_message_is_in_its_trace(traced: Traced) -> None:
    member, trace = await traced.join("Emma"), uuid4().hex
    asked = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    (await traced.http.delete(f"/members/{member}", headers=asked)).raise_for_status()
    order, report = f"{traced.prefix}members.erasure.v1", f"{traced.prefix}events.erasure.v1"

    async def came_back() -> dict[str, ReceivedSpan]:
        way = traced.receiver.find_trace(trace)
        return way if {f"members: process {report}", f"events: send {report}"} <= way.keys() else {}

    way = await eventually(came_back)
    steps = [f"members: send {order}", f"events: process {order}", f"events: send {report}"]
    for before, after in pairwise(
        ["members: DELETE /members/{member}", *steps, f"members: process {report}"]
    ):
        assert way[after].parent == way[before].span


async def test_a_trace_that_a_partner_does_not_record_is_not_recorded_here(traced: Traced) -> None:
    unrecorded, recorded = uuid4().hex, uuid4().hex
    await traced.join("Carla", traceparent=f"00-{unrecorded}-00f067aa0ba902b7-00")
    await traced.join("Dora", traceparent=f"00-{recorded}-00f067aa0ba902b7-01")

    await eventually(lambda: traced.find_way("POST /members", recorded))

    assert traced.receiver.find_trace(unrecorded) == {}


async def test_no_span_names_anybody(traced: Traced) -> None:
    words = {
        "User-Agent": CANARY,
        "Referer": f"http://{CANARY}/",
        "Host": CANARY,
        "X-Forwarded-For": "203.0.113.9",
    }
    words |= {"tracestate": f"{CANARY.lower()}=1", "baggage": f"name={CANARY}", "Idempotency-Key": CANARY}
    trace = uuid4().hex
    member = await traced.join(CANARY, **words, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    for path in (f"/members/{member}", f"/{CANARY}", f"/members/{CANARY}"):
        await traced.http.get(path, params={"q": CANARY}, headers=words)
    await traced.http.request(CANARY.upper(), "/members", headers=words)
    (await traced.http.delete(f"/members/{member}")).raise_for_status()

    await eventually(lambda: traced.find_way("POST /members", trace))
    await eventually(lambda: traced.find_way("DELETE /members/{member}"))

    sent = b"\n".join(traced.receiver.bodies).lower()
    assert not [
        each for each in (CANARY, member, "203.0.113.9", "127.0.0.1") if each.lower().encode() in sent
    ]

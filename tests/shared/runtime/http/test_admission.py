"""Overload: who can't be served soon is told so at once, under that name; probes, consumer and workers don't notice."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from shared.access.serving import PUBLIC
from shared.messaging.kafka import Kafka
from shared.runtime.http import admission, lanes
from shared.runtime.http.lanes import Lane
from shared.runtime.service import PARTS
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.shared.toy.app import compose
from tests.shared.toy.parts import count_up, took_effect

HELD = 5555
# What else runs on the machine may keep an answer for so long.
BUSY_SECONDS = 2
held = APIRouter(dependencies=[PUBLIC])


@held.get("/held")
async def wait_for_lock(work: UnitOfWorkDep) -> None:
    """Keep a connection until somebody lets go of a lock."""
    async with work.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", HELD)


@held.post("/bodies")
async def measure(body: list[int]) -> int:
    """How many there were."""
    return len(body)


@pytest.fixture
async def service(
    dsn: str, kafka: Kafka, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsn)
    set_broker(monkeypatch, kafka)
    composed = compose()
    composed.router.include_router(held)
    async with running_service(composed, PARTS) as running:
        transport = httpx.ASGITransport(running.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as impatient:
            yield running._replace(http=impatient)


async def ask(service: Running, path: str) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    return await service.http.get(path), time.monotonic() - started


async def test_a_service_whose_places_are_taken_refuses_within_a_second_and_all_else_goes_on(
    service: Running,
) -> None:
    before = refused("requests")
    async with service.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT pg_advisory_xact_lock($1)", HELD)
        taking = [asyncio.create_task(service.http.get("/held")) for _ in range(admission.REQUESTS_IN_WORK)]
        await eventually(lambda: in_work(admission.REQUESTS_IN_WORK))

        with capture_logs() as lines:
            answers = await asyncio.gather(*(ask(service, "/held") for _ in range(200)))

        for answer, seconds in answers:
            assert answer.status_code == 503
            assert answer.json()["type"] == "/problems/overloaded"
            assert answer.headers["retry-after"] == "1"
            assert seconds < 1 + BUSY_SECONDS
        assert [line for line in lines if line["event"].startswith("request.")] == []
        assert refused("requests") - before == 200
        await eventually(lambda: ready(service))
        assert (await service.http.get("/livez")).status_code == 200
        await count_up(service.pool, "a")
        await took_effect(service.pool, {"a": [1]})
    assert {answer.status_code for answer in await asyncio.gather(*taking)} == {200}
    assert (await service.http.get("/held")).status_code == 200


async def test_bodies_that_do_not_come_keep_nobody_else_from_work(service: Running) -> None:
    silent = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield b"[1,"
        await silent.wait()
        yield b"2]"

    async def send_slowly() -> httpx.Response:
        return await service.http.post(
            "/bodies", content=stalled(), headers={"content-type": "application/json"}
        )

    sending = [asyncio.create_task(send_slowly()) for _ in range(admission.BODIES_IN_TRANSIT)]
    await eventually(lambda: in_work(admission.BODIES_IN_TRANSIT, "bodies"))

    assert (await service.http.get("/held")).status_code == 200
    crowd, _ = await ask_with_body(service)
    assert crowd.json()["type"] == "/problems/overloaded"

    silent.set()
    assert [(a.status_code, a.json()) for a in await asyncio.gather(*sending)] == [(200, 2)] * len(sending)


async def ask_with_body(service: Running) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    return await service.http.post("/bodies", json=[1, 2, 3]), time.monotonic() - started


async def test_a_body_too_large_is_refused_as_such_and_leaves_its_place(service: Running) -> None:
    for _ in range(admission.BODIES_IN_TRANSIT + 1):
        answer = await service.http.post("/bodies", json="x" * 1_100_000)
        assert answer.status_code == 413
    assert (await service.http.post("/bodies", json=[1, 2, 3])).json() == 3


async def test_no_more_are_in_work_than_there_are_places_whoever_comes_goes_or_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_SECONDS", 0.005)
    monkeypatch.setattr(lanes, "SHORT_SECONDS", 0.003)
    monkeypatch.setattr(lanes, "STANDS_AFTER_SECONDS", 0.01)
    chance = random.Random(7)
    lane, working, most, outcomes = Lane("law", 3, waiting=5), 0, 0, []

    async def come() -> None:
        nonlocal working, most
        await asyncio.sleep(chance.random() * 0.3)
        entered = await lane.enter()
        outcomes.append(entered)
        if not entered:
            return
        working += 1
        most = max(most, working)
        try:
            await asyncio.sleep(chance.random() * 0.004)
        finally:
            working -= 1
            lane.leave()

    coming = [asyncio.create_task(come()) for _ in range(1000)]
    while not all(task.done() for task in coming):
        chance.choice(coming).cancel()
        await asyncio.sleep(0.002)

    assert most == 3
    assert set(outcomes) == {True, False}
    assert [await lane.enter() for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("stands", "served"), [(False, ["first", "second"]), (True, ["third", "second"])])
async def test_who_came_first_is_served_first_until_the_line_stands(
    monkeypatch: pytest.MonkeyPatch, stands: bool, served: list[str]
) -> None:
    monkeypatch.setattr(lanes, "STANDS_AFTER_SECONDS", -1.0 if stands else 60.0)
    lane, told = Lane("order", 1, waiting=2), []
    assert await lane.enter()

    async def come(name: str) -> None:
        told.append((name, await lane.enter()))

    waiting = [asyncio.create_task(come(name)) for name in ("first", "second", "third")]
    await asyncio.sleep(0)
    lane.leave()
    lane.leave()
    await asyncio.wait(waiting)

    assert [name for name, entered in told if entered] == served
    assert len(told) == 3


async def test_of_a_line_that_stands_the_last_few_wait_and_the_others_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "STANDS_AFTER_SECONDS", 60.0)
    lane, told = Lane("short", 2), []
    assert [await lane.enter(), await lane.enter()] == [True, True]

    async def come(number: int) -> None:
        told.append((number, await lane.enter()))

    waiting = [asyncio.create_task(come(number)) for number in range(20)]
    await asyncio.sleep(0)
    monkeypatch.setattr(lanes, "STANDS_AFTER_SECONDS", -1.0)
    lane.leave()
    await asyncio.sleep(0)

    few = 2 * lanes.SHORT_LINE
    assert told == [*((number, False) for number in range(20 - few)), (19, True)]
    for _ in range(few):
        lane.leave()
    await asyncio.wait(waiting)
    assert sorted(number for number, entered in told if entered) == [16, 17, 18, 19]


async def test_before_a_line_that_stands_no_more_are_let_in_at_once_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "STANDS_AFTER_SECONDS", -1.0)
    lane, room = Lane("door", 3), 3 + 3 * lanes.SHORT_LINE

    for _ in range(2):  # none of the first came further
        assert [lane.refuse_if_full() for _ in range(20)] == [False] * room + [True] * (20 - room)
        await asyncio.sleep(0)
    coming = [asyncio.create_task(lane.enter()) for _ in range(room - 1)]
    await asyncio.sleep(0)
    assert [lane.refuse_if_full() for _ in range(2)] == [False, True]
    while not all(task.done() for task in coming):
        lane.leave()
        await asyncio.sleep(0)
    assert all(task.result() for task in coming)


async def test_a_crowd_that_comes_at_once_is_served_and_a_flood_that_stays_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lane = Lane("crowd", 6)

    async def come(seconds: float) -> bool:
        if entered := await lane.enter():
            await asyncio.sleep(seconds)
            lane.leave()
        return entered

    assert all(await asyncio.gather(*(come(0.002) for _ in range(lanes.WAITING))))

    monkeypatch.setattr(lanes, "STANDS_AFTER_SECONDS", 0.05)
    flood: list[asyncio.Task[bool]] = []
    began = time.monotonic()
    while not any(task.done() and not task.result() for task in flood):
        assert time.monotonic() - began < 10
        flood += [asyncio.create_task(come(0.02)) for _ in range(20)]
        await asyncio.sleep(0.01)
    await asyncio.wait(flood)
    assert all(await asyncio.gather(*(come(0) for _ in range(6))))


async def in_work(places: int, lane: str = "requests") -> bool:
    return REGISTRY.get_sample_value("alumnibus_requests_in_work", {"lane": lane}) == places


def refused(lane: str) -> float:
    return REGISTRY.get_sample_value("alumnibus_requests_refused_total", {"lane": lane}) or 0.0


async def ready(service: Running) -> bool:
    return (await service.http.get("/readyz")).status_code == 200

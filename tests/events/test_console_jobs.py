"""What takes longer than a request: an operator asks for it on the console, a worker does it, and the page says so."""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from services.events.app import compose
from shared.console.work import do_next
from shared.contracts.catalogue import ACCOUNT, DISCLOSURE, ERASURE, OFFER, ORGANISATION, PROFILE
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, set_broker
from shared.testing.services import Running, read_outbox, running_service
from shared.testing.waiting import eventually
from tests.events.pages import read, send
from tests.events.samples import CreateOffer
from tests.events.test_rebuild import SLUGS, build_organisation
from tests.shared.operations.command_line import publish, waiting
from tests.shared.web.page_reader import GERMAN

REBUILD, REPUBLISH = f"/console/events/rebuild/{ORGANISATION.name}", f"/console/events/republish/{OFFER.name}"


@pytest.fixture
async def running(
    environment: pytest.MonkeyPatch, kafka: Kafka, make_topics: MakeTopics
) -> AsyncIterator[Running]:
    """The service with its consumer and its workers."""
    await make_topics([ORGANISATION, ACCOUNT, PROFILE, ERASURE, DISCLOSURE])
    set_broker(environment, kafka)
    async with running_service(compose(), only=("api", "consumers", "work")) as started:
        yield started


async def says(http: httpx.AsyncClient, path: str, sentence: str) -> bool:
    return sentence in await read(http, path)


async def test_a_replica_is_rebuilt_from_the_page(running: Running, kafka: Kafka) -> None:
    operator = await running.as_operator()
    await publish(kafka, ORGANISATION, [build_organisation(slug) for slug in SLUGS])

    async def all_read() -> bool:
        read_so_far = await running.pool.fetchval("SELECT count(*) FROM organisation")
        return bool(read_so_far) and await waiting(running.pool, kafka, ORGANISATION) == 0

    await eventually(all_read)
    await running.pool.execute("UPDATE organisation SET name = 'wrong' WHERE organisation = 'daad'")
    await running.pool.execute("DELETE FROM organisation WHERE organisation = 'giz'")

    assert "never" in await read(operator, "/console/events/rebuild")
    await send(operator, REBUILD, act="rebuild")
    await eventually(partial(says, operator, REBUILD, "3 records were read, 0 passed over"))

    names = await running.pool.fetch("SELECT name FROM organisation ORDER BY name")
    assert [row["name"] for row in names] == ["DAAD", "GIZ", "IQIB"]
    assert "3 records were read" in await read(operator, "/console/events/rebuild")
    audited = await running.pool.fetch("SELECT verb, object FROM audit")
    assert [tuple(row) for row in audited] == [("rebuild", {"topic": ORGANISATION.name})]


async def test_what_cannot_be_rebuilt_says_why_and_changes_nothing(events: Running, kafka: Kafka) -> None:
    operator, service = await events.as_operator(), events.app.state.service
    before = await events.pool.fetchval("SELECT count(*) FROM organisation")

    await send(operator, REBUILD, act="rebuild")
    await send(operator, REBUILD, act="rebuild")
    assert "waits" in await read(operator, REBUILD)
    assert await do_next(events.pool, service, kafka) == 1
    assert await do_next(events.pool, service, kafka) == 0

    assert "events has not begun to read the topic" in await read(operator, REBUILD)
    assert await events.pool.fetchval("SELECT count(*) FROM organisation") == before


async def test_all_that_is_published_is_written_to_the_outbox_again(
    events: Running, kafka: Kafka, create_offer: CreateOffer
) -> None:
    operator = await events.as_operator()
    await create_offer()
    before = await read_outbox(events.pool, OFFER.name)

    await send(operator, REPUBLISH, act="republish")
    await do_next(events.pool, events.app.state.service, kafka)

    assert "One message was written for the relay to send." in await read(operator, REPUBLISH)
    assert await read_outbox(events.pool, OFFER.name) == [*before, before[-1]]


async def test_a_job_whose_process_died_is_done_by_the_next_and_not_for_ever(
    events: Running, kafka: Kafka
) -> None:
    operator, service = await events.as_operator(), events.app.state.service
    await send(operator, REPUBLISH, act="republish")

    for begun in (1, 5):
        await events.pool.execute("UPDATE job SET begun = $1, held_until = now() + interval '1 s'", begun)
        assert await do_next(events.pool, service, kafka) == 0, "somebody else does it"
        await events.pool.execute("UPDATE job SET held_until = now() - interval '1 s'")
        assert await do_next(events.pool, service, kafka) == (begun < 5)
        await events.pool.execute("UPDATE job SET ended_at = NULL")

    assert await events.pool.fetchval("SELECT failure FROM job") == "lost"


async def test_jobs_are_the_operators_alone_and_of_topics_that_there_are(events: Running) -> None:
    coordinator, operator = await events.as_coordinator("daad"), await events.as_operator()
    for path in (REBUILD, REPUBLISH):
        await read(coordinator, path, 403)
        await send(coordinator, path, 403, act="go")
        assert (await events.anonymous().get(path, headers=GERMAN)).status_code == 303
        await read(operator, f"{path}.unknown", 404)
        await send(operator, f"{path}.unknown", 404, act="go")
    assert await events.pool.fetchval("SELECT count(*) FROM job") == 0

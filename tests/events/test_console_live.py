"""The console of a service, live: operators see from second to second how it does, and it hardly works for that."""

import asyncio
import re
from collections.abc import Mapping
from time import monotonic
from typing import NamedTuple

from shared.console.watch import MOST_LOOKING, find_watch
from shared.contracts.catalogue import ORGANISATION
from shared.messaging.kafka import Kafka
from shared.postgres.pool import open_pool
from shared.testing.kafka import MakeTopics, open_producer
from shared.testing.services import Running, sign_in
from tests.events.pages import read
from tests.events.samples import CreateOffer
from tests.shared.toy.processes import serving
from tests.shared.web.page_reader import GERMAN

LIVE = "/console/events/live"
FACT = re.compile(r"<dt>([^<]+)</dt><dd>(?:<[^>]+>)?([^<]+)<")


class Event(NamedTuple):
    """A server-sent event: the part of the page that it brings, and what its facts say."""

    html: str

    @property
    def facts(self) -> Mapping[str, str]:
        return {name: value.strip() for name, value in FACT.findall(self.html)}


def read_events(text: str) -> list[Event]:
    """The events of a stream (HTML Living Standard, 9.2.6)."""
    found = []
    for block in filter(None, text.split("\n\n")):
        lines = [line.removeprefix("data: ") for line in block.split("\n") if line.startswith("data: ")]
        found.append(Event("\n".join(lines)))
    return found


async def test_an_operator_is_sent_what_the_page_shows(events: Running, create_offer: CreateOffer) -> None:
    operator = await events.as_operator()
    await create_offer()
    events.app.state.ending.set()  # so that it ends after the first event

    sent = await operator.get(LIVE)
    german = await operator.get(LIVE, headers={"Accept-Language": "de"})
    page = await read(operator, "/console/events")

    assert sent.headers["Content-Type"].startswith("text/event-stream")
    assert "no-transform" in sent.headers["Cache-Control"]
    [event] = read_events(sent.text)
    assert event.facts["Messages that aren’t sent"] == "1"
    assert event.facts[ORGANISATION.name] == "not known"
    assert event.facts["database"] == "Works"
    assert "Nachrichten, die nicht verschickt sind" in german.text
    assert f'data-live="{LIVE}"' in page
    assert Event(page).facts["Messages that aren’t sent"] == "1"


async def test_it_is_for_operators_alone(events: Running) -> None:
    events.app.state.ending.set()

    assert (await (await events.as_coordinator("daad")).get(LIVE)).status_code == 403
    assert (await events.anonymous().get(LIVE)).status_code == 401
    asked = await events.anonymous().get(LIVE, headers=GERMAN)
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/sign-in?return={LIVE}")


async def test_all_who_look_share_one_look_a_second_and_no_more_look_than_may(events: Running) -> None:
    watch, operator = find_watch(events.app.state), await events.as_operator()
    seen = await asyncio.gather(*(watch.read() for _ in range(50)))
    assert len(set(map(id, seen))) == 1

    looking = [watch.looking() for _ in range(MOST_LOOKING)]
    for one in looking:
        await one.__aenter__()
    refused = await operator.get(LIVE)
    await read(operator, "/console/events")
    for one in looking:
        await one.__aexit__(None, None, None)
    events.app.state.ending.set()

    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/too-many-look")
    assert (await operator.get(LIVE)).status_code == 200


async def test_records_that_wait_are_counted_and_a_stop_waits_for_nobody_who_looks(
    dsns: Mapping[str, str], kafka: Kafka, make_topics: MakeTopics
) -> None:
    await make_topics([ORGANISATION])
    headers, name = await sign_in(dsns["events"], "events"), kafka.topic_name(ORGANISATION.name)
    async with open_producer(kafka) as producer:
        first, *_ = [await producer.send_and_wait(name, b"{}", key=b"giz") for _ in range(3)]
    async with await open_pool(dsns["events"], "events", size=1) as pool:
        await pool.execute(
            "INSERT INTO position (consumer, topic, partition, next) VALUES ('events', $1, $2, 1)",
            name,
            first.partition,
        )

    async with serving(dsns["events"], kafka, only=("api",), program="services.events") as life:
        text = ""
        async with life.http.stream("GET", LIVE, headers=headers) as answer:
            async for chunk in answer.aiter_text():
                text += chunk
                if text.count("\n\n") == 2:
                    life.process.terminate()
                    began = monotonic()
        await life.process.wait()

    assert monotonic() - began < 4
    assert len(read_events(text)) < 5
    assert read_events(text)[-1].facts[ORGANISATION.name] == "2"

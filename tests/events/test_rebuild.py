"""A damaged replica is rebuilt from its topic, also while the consumer runs and changes arrive."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.events.app import compose
from shared.contracts.catalogue import ACCOUNT, DISCLOSURE, ERASURE, ORGANISATION, PROFILE
from shared.contracts.members import Organisation, OrganisationKind, Profile
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.messaging.projection import Projection
from shared.operations.rebuild import RebuildProgress, rebuild_projection
from shared.testing.kafka import MakeTopics, delete_topics, open_producer, set_broker
from shared.testing.services import Running, read_outbox, running_service
from shared.testing.waiting import eventually
from tests.events.samples import build_message, build_profile
from tests.shared.operations.command_line import publish, rows, said, waiting

SLUGS = ("daad", "giz", "iqib")
LANGUAGES = ("de", "en", "fr", "ru")


@pytest.fixture
async def events(
    environment: pytest.MonkeyPatch, kafka: Kafka, make_topics: MakeTopics
) -> AsyncIterator[Running]:
    await make_topics([ORGANISATION, ACCOUNT, PROFILE, ERASURE, DISCLOSURE])
    set_broker(environment, kafka)
    async with running_service(compose(), only=("api", "consumers")) as running:
        yield running


def build_organisation(slug: str, sequence: int = 1) -> Message[Organisation]:
    described = Organisation(
        organisation=slug, name=slug.upper(), kind=OrganisationKind.FOUNDATION, country="DE"
    )
    return build_message(described, slug, sequence)


def build_change(member: UUID, sequence: int) -> Message[Profile]:
    return build_message(build_profile(member, language=LANGUAGES[sequence % 4]), member, sequence)


def find_projection(events: Running) -> Projection:
    projections: Sequence[Projection] = events.app.state.service.projections
    return next(each for each in projections if each.topic == PROFILE)


async def publish_and_wait(events: Running, kafka: Kafka, *messages: Message[Profile]) -> None:
    await publish(kafka, PROFILE, messages)
    await eventually(lambda: all_read(events, kafka))


async def all_read(events: Running, kafka: Kafka) -> bool:
    return await waiting(events.pool, kafka, PROFILE) + await waiting(events.pool, kafka, ORGANISATION) == 0


async def test_rows_that_were_wrong_lost_or_made_up_are_as_the_topic_says(
    events: Running, kafka: Kafka
) -> None:
    await publish(kafka, ORGANISATION, [build_organisation(slug) for slug in SLUGS])
    gone, *people = (uuid4() for _ in range(4))
    await publish_and_wait(
        events, kafka, *(build_change(m, 1) for m in (gone, *people)), build_message(None, gone, 2)
    )
    before = [await rows(events.pool, table) for table in ("organisation", "member", "erased")]
    await events.pool.execute(
        "UPDATE organisation SET name = 'wrong', search = '', sequence = 7 WHERE organisation = 'daad'"
    )
    await events.pool.execute("DELETE FROM organisation WHERE organisation = 'giz'")
    await events.pool.execute("UPDATE member SET language = 'xx' WHERE member = $1", people[0])
    await events.pool.execute(
        "INSERT INTO member VALUES ($1, 'de', NULL, 1), ($2, 'de', NULL, 1)", gone, uuid4()
    )

    organisations = await said(events.app.state.service, "rebuild", ORGANISATION.name)
    members = await said(events.app.state.service, "rebuild", PROFILE.name)

    assert organisations == (
        0,
        "rebuilt organisation from members.organisation.v1: 3 records read, 0 passed over, 0 rows vanished\n",
    )
    assert members == (
        0,
        "rebuilt member from members.profile.v1: 5 records read, 0 passed over, 1 rows vanished\n",
    )
    assert [await rows(events.pool, table) for table in ("organisation", "member", "erased")] == before
    assert await read_outbox(events.pool) == []


async def test_changes_that_arrive_while_it_is_rebuilt_are_there_afterwards(
    events: Running, kafka: Kafka
) -> None:
    people = [uuid4() for _ in range(20)]
    await publish_and_wait(events, kafka, *(build_change(member, 1) for member in people))
    projection = find_projection(events)
    last = 50

    async def change() -> None:
        for sequence in range(2, last + 1):
            await publish(kafka, PROFILE, [build_change(member, sequence) for member in people])

    changing = asyncio.create_task(change())
    while not changing.done():
        await events.pool.execute("UPDATE member SET language = 'xx'")
        await rebuild_projection(events.pool, kafka, "events", projection, lambda done: None)
    await changing
    await eventually(lambda: all_read(events, kafka))

    expected: list[tuple[Any, ...]] = sorted(
        (member, LANGUAGES[last % 4], None, last, "Kim", "Beispiel", []) for member in people
    )
    assert await rows(events.pool, "member") == expected


async def test_who_reads_meanwhile_sees_the_old_rows_and_may_refer_to_them(
    events: Running, kafka: Kafka
) -> None:
    member = uuid4()
    await publish_and_wait(events, kafka, *(build_change(member, sequence) for sequence in (1, 2, 3)))
    await events.pool.execute("UPDATE member SET language = 'xx'")
    projection = find_projection(events)
    seen: list[asyncio.Task[str]] = []
    hold = "SELECT language FROM member WHERE member = $1 FOR KEY SHARE"

    async def read() -> str:
        return str(await events.pool.fetchval(hold, member))

    def reading(done: RebuildProgress) -> None:
        seen.append(asyncio.create_task(read()))

    await rebuild_projection(events.pool, kafka, "events", projection, reading)

    assert await seen[0] in ("xx", "ru")
    assert await events.pool.fetchval(hold, member) == "ru"


async def test_a_record_that_nobody_can_read_is_passed_over(events: Running, kafka: Kafka) -> None:
    member, parked = uuid4(), uuid4()
    await publish_and_wait(events, kafka, build_change(member, 1), build_change(parked, 1))
    headers = [("ce_source", PROFILE.source.encode())]
    async with open_producer(kafka) as partner:
        await partner.send_and_wait(
            kafka.topic_name(PROFILE.name), b"{", str(parked).encode(), headers=headers
        )
        await partner.send_and_wait(kafka.topic_name(PROFILE.name), None, key=b"_roll.0")
    await publish_and_wait(events, kafka, build_change(parked, 3), build_change(member, 3))
    before = await rows(events.pool, "member")
    await events.pool.execute("UPDATE member SET language = 'xx' WHERE member = $1", member)

    code, output = await said(events.app.state.service, "rebuild", PROFILE.name)

    assert (code, output.partition(": ")[2]) == (0, "5 records read, 3 passed over, 0 rows vanished\n")
    assert await rows(events.pool, "member") == before
    assert {m: s for m, _, _, s, *_ in before} == {member: 3, parked: 1}
    replayed = await said(events.app.state.service, "parked", "drop", PROFILE.name, str(parked), "--reason=x")
    assert replayed[0] == 0
    await said(events.app.state.service, "rebuild", PROFILE.name)
    assert await events.pool.fetchval("SELECT sequence FROM member WHERE member = $1", parked) == 3


async def test_a_topic_that_was_made_anew_empties_nothing(
    events: Running, kafka: Kafka, make_topics: MakeTopics
) -> None:
    await publish_and_wait(events, kafka, build_change(uuid4(), 1))
    before = await rows(events.pool, "member")
    await delete_topics(kafka, [kafka.topic_name(PROFILE.name)])
    await make_topics([PROFILE])
    code, output = await said(events.app.state.service, "rebuild", PROFILE.name)

    assert code == 1
    assert output.startswith("Nothing was rebuilt: position 1 of partition ")
    assert await rows(events.pool, "member") == before


async def test_a_topic_of_which_nothing_is_held_is_named(environment: pytest.MonkeyPatch) -> None:
    assert await said(compose(), "rebuild", ERASURE.name) == (
        1,
        "events keeps no replica of members.erasure.v1; its topics are:"
        " members.account.v1, members.organisation.v1, members.profile.v1.\n",
    )


async def test_a_broker_that_is_away_is_told_in_one_sentence(environment: pytest.MonkeyPatch) -> None:
    assert await said(compose(), "rebuild", PROFILE.name) == (
        1,
        "Kafka can't be used (KafkaConnectionError): is it up, is ALUMNIBUS_KAFKA right?\n",
    )

"""What members publishes can be sent again: the same state and sequence, in order beside a running service."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.contracts.catalogue import ACCOUNT, ERASURE, MEMBER, OFFER, ORGANISATION, PROFILE
from shared.messaging.kafka import Kafka
from shared.operations import republish
from shared.operations.generation import begin_new_generation
from shared.postgres.pool import transaction
from shared.runtime.service import Service
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.members import people
from tests.members.releases import release_members
from tests.members.uploads import describe_organisations
from tests.shared.operations.command_line import newest, said, told

TOPICS = (ORGANISATION, MEMBER, PROFILE, ACCOUNT)
SEQUENCES = "SELECT sequence % 1000000 FROM outbox WHERE topic = $1 AND key = $2 ORDER BY id"


@pytest.fixture
async def members(service: Service, make_topics: MakeTopics) -> AsyncIterator[Running]:
    """Members that run and send: some changed, one was erased, and of one the world hasn't heard yet."""
    await make_topics([*TOPICS, ERASURE])
    async with running_service(service, only=("api", "relay")) as running:
        await describe_organisations(running)
        for person in (*range(5), 0, 3):
            await join(running, f"p{person}@example.org", "daad" if person else "giz")
        await join(running, "p3@example.org", "giz")
        gone = await join(running, "gone@example.org")
        await release_members(running)
        (await running.http.delete(f"/members/{gone}")).raise_for_status()
        await release_members(running)
        await join(running, "untold@example.org")
        await people.open_account(running.pool, "p1@example.org")
        yield running


async def join(running: Running, email: str, organisation: str = "daad") -> str:
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": email, "organisation": organisation}
    return str((await running.http.post("/members", json=person)).raise_for_status().json()["member"])


async def sent(running: Running, kafka: Kafka) -> bool:
    """Whether all that stands in the outbox is on the topics."""
    written: int = await running.pool.fetchval("SELECT count(*) FROM outbox")
    found = [record for topic in (*TOPICS, ERASURE) for record in await told(kafka, topic)]
    return len({dict(record.headers)["ce_id"] for record in found}) >= written


async def test_each_state_topic_has_the_same_data_and_sequences_after_a_republish(
    members: Running, service: Service, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republish, "PAGE", 2)
    await eventually(lambda: sent(members, kafka))
    before, orders = await newest(kafka, TOPICS), len(await told(kafka, ERASURE))
    counted = {topic: len(await told(kafka, topic)) for topic in TOPICS}
    code, output = await said(service, "republish")
    await eventually(lambda: sent(members, kafka))

    organisations = await members.pool.fetchval("SELECT count(*) FROM organisation")
    assert (code, output) == (
        0,
        f"wrote {15 + organisations} messages for the relay to send (members.account.v1 1, members.erasure.v1 1,"
        f" members.member.v1 6, members.organisation.v1 {organisations}, members.profile.v1 7)\n",
    )
    assert await newest(kafka, TOPICS) == before
    again = {topic: len(await told(kafka, topic)) - counted[topic] for topic in TOPICS}
    assert again == {ORGANISATION: organisations, MEMBER: 6, PROFILE: 7, ACCOUNT: 1}
    assert len(await told(kafka, ERASURE)) == orders + 1


async def test_one_topic_alone_is_sent_again(members: Running, service: Service) -> None:
    await members.pool.execute("DELETE FROM outbox")

    assert (await said(service, "republish", MEMBER.name))[0] == 0
    topics = await members.pool.fetch("SELECT topic, count(*) FROM outbox GROUP BY 1")
    assert [tuple(row) for row in topics] == [(MEMBER.name, 6)]


async def test_a_topic_that_the_service_has_no_state_on_is_named(members: Running, service: Service) -> None:
    code, output = await said(service, "republish", PROFILE.name, OFFER.name)

    assert code == 1
    assert output == (
        "members publishes no state on events.offer.v1; its topics are:"
        " members.account.v1, members.erasure.v1, members.member.v1, members.organisation.v1, members.profile.v1.\n"
    )


async def test_after_a_restore_what_is_sent_again_is_newer_than_all_before(
    members: Running, service: Service, kafka: Kafka
) -> None:
    await eventually(lambda: sent(members, kafka))
    before = await newest(kafka, TOPICS)
    async with transaction(members.pool) as tx:
        await begin_new_generation(tx)
    await said(service, "republish")

    async def newer() -> bool:
        after = await newest(kafka, TOPICS)
        return all(after[key] > before[key] for key, (data, _) in before.items() if data is not None)

    await eventually(newer)


async def test_a_change_under_way_is_not_overtaken_and_not_held_up(
    members: Running, service: Service
) -> None:
    """The change is in the outbox already and not committed: the old state may not be written behind it."""
    member = await join(members, "p1@example.org")
    async with transaction(members.pool) as tx:
        await tx.execute("UPDATE member SET version = version + 1 WHERE member::text = $1", member)
        await tx.execute(
            "INSERT INTO outbox (message_id, topic, key, type, sequence, headers)"
            " SELECT gen_random_uuid(), topic, key, type, sequence + 1, headers FROM outbox WHERE topic = $1"
            " AND key = $2 ORDER BY id DESC LIMIT 1",
            PROFILE.name,
            member,
        )
        republishing = asyncio.create_task(said(service, "republish"))
        await eventually(lambda: waiting_for_a_lock(members))
        await asyncio.wait_for(join(members, "p0@example.org", "daad"), 5)
    assert (await republishing)[0] == 0

    versions = [row[0] for row in await members.pool.fetch(SEQUENCES, PROFILE.name, member)]
    assert versions == sorted(versions)
    assert versions[-2:] == [2, 2]


async def waiting_for_a_lock(running: Running) -> bool:
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    return bool(await running.pool.fetchval(waits))

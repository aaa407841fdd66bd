"""The database was restored to an earlier time: what it tells again is newer than all that was sent since."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from deploy.local.servers import Servers
from services.events.app import compose
from shared.contracts.catalogue import (
    ACCOUNT,
    DISCLOSURE,
    ERASURE,
    EVENTS_ERASURE,
    OFFER,
    ORGANISATION,
    PROFILE,
    REGISTRATION,
)
from shared.contracts.members import Erasure
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.runtime.service import PARTS
from shared.testing.kafka import MakeTopics, delete_topics, set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.events.samples import COLLOQUIUM, add_organisations, build_message, join_members
from tests.operations.backups import Backups
from tests.operations.network import offer
from tests.operations.operator import Log, walking
from tests.shared.messaging.consumer.test_gaps import versions
from tests.shared.operations.command_line import Newest, newest, publish, said
from tests.shared.toy.app import compose as compose_toy
from tests.shared.toy.partner import write
from tests.shared.toy.parts import took_effect
from tests.shared.toy.tallies import TALLY

TOPICS = (OFFER, REGISTRATION)


async def register(events: Running, place: UUID, member: UUID) -> None:
    answer = await events.http.post(f"/offers/{place}/registrations", json={"member": str(member)})
    answer.raise_for_status()


async def draft(events: Running) -> UUID:
    answer = await events.http.post("/offers", json=COLLOQUIUM | {"slug": f"draft-{uuid4().hex[:8]}"})
    return UUID(answer.raise_for_status().json()["offer"])


async def publish_offer(events: Running, offer: UUID) -> None:
    (await events.http.post(f"/offers/{offer}/publication")).raise_for_status()


async def erased(events: Running, member: UUID) -> bool:
    return bool(await events.pool.fetchval("SELECT EXISTS (SELECT FROM erased WHERE member = $1)", member))


async def told(events: Running, kafka: Kafka) -> Newest:
    """The newest of each key, when all that stands in the outbox, and all counts, are on the topics."""

    async def all_sent() -> bool:
        waits = await events.pool.fetchval(
            "SELECT EXISTS (SELECT FROM count_change) OR EXISTS"
            " (SELECT FROM outbox, relay WHERE NOT pg_visible_in_snapshot(xid, seen))"
        )
        return not waits

    await eventually(all_sent)
    return await newest(kafka, TOPICS)


async def test_what_the_restore_undid_is_told_anew_or_taken_back_and_who_was_erased_is_erased_again(
    servers: Servers,
    dsns: Mapping[str, str],
    kafka: Kafka,
    make_topics: MakeTopics,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    await make_topics([*TOPICS, ACCOUNT, ORGANISATION, PROFILE, ERASURE, DISCLOSURE, EVENTS_ERASURE])
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["events"])
    set_broker(monkeypatch, kafka)
    monkeypatch.setenv("ALUMNIBUS_RELEASE_SECONDS", "1")
    monkeypatch.setenv("ALUMNIBUS_RELEASE_MINIMUM", "1")
    backups = Backups(servers, dsns["events"])
    async with running_service(compose(), PARTS) as events:
        await add_organisations(events.pool)
        stays, goes = await join_members(events.pool, 2)
        first, planned = await offer(events), await draft(events)
        for member in (stays, goes):
            await register(events, first, member)
        await told(events, kafka)
    await backups.make()

    async with running_service(compose(), PARTS) as events:
        (await events.http.post(f"/offers/{first}/cancellation", json={"reason": "Storm"})).raise_for_status()
        await publish_offer(events, planned)
        later = await offer(events)
        await register(events, later, stays)
        await publish(
            kafka, ERASURE, [build_message(Erasure(member=goes, ordered_at=datetime.now(UTC)), goes)]
        )
        await eventually(lambda: erased(events, goes))
        undone = await told(events, kafka)

    await backups.restore()
    async with walking("The database was restored to an earlier time", log) as operator:
        await operator.does(compose(), "migrate --restored")
        printed = await operator.does(compose(), "republish --restored")
        async with running_service(compose(), PARTS) as events:
            await eventually(lambda: erased(events, goes))
            await operator.all_is_well(events)
            after = await told(events, kafka)
            state = await events.http.get(f"/offers/{first}")
            places = await events.pool.fetch("SELECT member FROM registration")
            await publish_offer(events, planned)
            again = (await told(events, kafka))[OFFER.name, str(planned)]

    assert state.json()["state"] == "published"
    assert [row["member"] for row in places] == [stays]
    assert all(after[key][1] > undone[key][1] for key in undone)
    since = {key for key in undone if key[1] in (str(planned), str(later))} | {
        key
        for key, (data, _) in undone.items()
        if key[0] == REGISTRATION.name and str(later).encode() in (data or b"")
    }
    assert len(since) == 3
    assert {after[key][0] for key in since} == {None}
    assert "withdrew 3 that have no row any more" in printed
    assert again[0] is not None
    assert again[1] > after[OFFER.name, str(planned)][1]


async def test_topics_that_were_made_anew_since_the_backup_are_read_from_their_beginning(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, make_topics: MakeTopics
) -> None:
    await write(corner, versions(1, 3), partition=0)
    async with running_service(compose_toy(), PARTS):
        await took_effect(pool, {"a": [1, 2, 3]})
    await delete_topics(corner, [corner.topic_name(TALLY.name)])
    await make_topics([TALLY])
    await write(corner, versions(4, 6), partition=0)

    assert (await said(compose_toy(), "migrate", "--restored"))[0] == 0
    code, printed = await said(compose_toy(), "republish", "--restored")
    async with running_service(compose_toy(), PARTS):
        await took_effect(pool, {"a": [1, 2, 3, 4, 5, 6]})
    assert (code, "reads 3 partitions from their beginning" in printed) == (0, True)

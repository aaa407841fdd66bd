"""Members was restored to an earlier time: what it undid is published anew or taken back, and erasures stand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import pytest

from deploy.local.servers import Servers
from services.members.imports.work import import_rows
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import ACCOUNT, ERASURE, EVENTS_ERASURE, MEMBER, ORGANISATION, PROFILE
from shared.contracts.members import Erasure
from shared.messaging.kafka import Kafka
from shared.operations import live_keys
from shared.runtime.service import Service
from shared.testing.kafka import MakeTopics, open_producer
from shared.testing.services import Running, read_outbox, running_service
from shared.testing.waiting import eventually
from tests.members import people
from tests.members.releases import release_members
from tests.members.uploads import describe_organisations, post_list
from tests.operations.backups import Backups
from tests.shared.operations.command_line import Newest, newest, said, told

INVITING = b'organisation = "daad"\ninvite = true\n[columns]\nname = "name"\nemail = "mail"\n'
TOPICS = (ORGANISATION, MEMBER, PROFILE, ACCOUNT)
HOUSES = ("neues-haus", "zweites-haus")
UNSENT = "SELECT EXISTS (SELECT FROM outbox, relay WHERE NOT pg_visible_in_snapshot(xid, seen))"

TOLD = (
    "members.account.v1 0, members.erasure.v1 4, members.member.v1 1, members.organisation.v1 {},"
    " members.profile.v1 5"
)
SAID = """gave 1 of 2 orders to erase again, and 2 to erase who joined since the backup
wrote {all} messages for the relay to send ({told})
withdrew 5 that have no row any more ({gone})
"""
GONE = "members.account.v1 1, members.member.v1 2, members.organisation.v1 2, members.profile.v1 0"
Person: TypeAlias = tuple[str, str]


@pytest.fixture(autouse=True)
async def topics(make_topics: MakeTopics) -> None:
    await make_topics([*TOPICS, ERASURE])


async def join(running: Running, name: str) -> Person:
    """The member's id and the public one."""
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": f"{name}@example.org"}
    answer = await running.http.post("/members", json=person | {"organisation": "daad"})
    member = answer.raise_for_status().json()["member"]
    return member, str(running.app.state.audience_ids.public_id(UUID(member)))


async def join_again(running: Running, name: str) -> int:
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": f"{name}@example.org"}
    return (await running.http.post("/members", json=person | {"organisation": "daad"})).status_code


async def name_organisations(running: Running) -> None:
    added = {"name": "Neues Haus", "kind": "institute", "country": "DE"}
    for slug in HOUSES:
        (await running.http.put(f"/organisations/{slug}", json=added)).raise_for_status()


async def sent(running: Running, kafka: Kafka) -> Newest:
    """The newest of each key, when all that stands in the outbox is on the topics."""

    async def all_sent() -> bool:
        return not await running.pool.fetchval(UNSENT)

    await eventually(all_sent)
    return await newest(kafka, TOPICS)


def find_keys(person: Person) -> set[tuple[str, str]]:
    """A person's topics and keys on them."""
    return {(PROFILE.name, person[0]), (MEMBER.name, person[1])}


async def forge_order(kafka: Kafka, member: str) -> None:
    """An order to erase, as somebody else than members sends it."""
    order = Erasure(member=UUID(member), ordered_at=datetime.now(UTC))
    headers = [("ce_source", EVENTS_ERASURE.source.encode()), ("ce_sequence", b"%d" % (2 * 10**15 - 1))]
    async with open_producer(kafka) as producer:
        await producer.send_and_wait(
            kafka.topic_name(ERASURE.name),
            order.model_dump_json().encode(),
            key=member.encode(),
            headers=headers,
        )


async def test_who_joined_since_is_taken_back_and_who_was_erased_since_stays_erased(
    service: Service,
    servers: Servers,
    dsns: Mapping[str, str],
    kafka: Kafka,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_keys, "PAGE", 1)
    backups = Backups(servers, dsns["members"])
    async with running_service(service, only=("api", "relay")) as members:
        await describe_organisations(members)
        stays, goes = await join(members, "stays"), await join(members, "goes")
        await release_members(members)
        await sent(members, kafka)
        await forge_order(kafka, stays[0])
        forged = stays[0].encode()
    await backups.make()
    async with running_service(service, only=("api", "relay")) as members:
        since = [await join(members, f"since{number}") for number in range(3)]
        account = await people.open_account(members.pool, "since0@example.org")
        await release_members(members)
        await name_organisations(members)
        for member, _ in (goes, since[2]):
            (await members.http.delete(f"/members/{member}")).raise_for_status()
        await release_members(members)
        before = await sent(members, kafka)
        organisations = await members.pool.fetchval("SELECT count(*) - 2 FROM organisation")

    await backups.restore()
    assert (await said(service, "migrate", "--restored"))[0] == 0
    code, output = await said(service, "republish", "--restored")
    assert (code, output) == (
        0,
        SAID.format(all=organisations + 10, told=TOLD.format(organisations), gone=GONE),
    )
    async with running_service(service, only=("api", "relay")) as members:
        await release_members(members)
        after = await sent(members, kafka)
        assert [await join_again(members, name) for name in ("goes", "since2", "since0")] == [409, 409, 201]
        orders = [record.key.decode() for record in await told(kafka, ERASURE) if record.key != forged]
        await name_organisations(members)
        again = await sent(members, kafka)

    assert stays[0] in {key for (topic, key), (data, _) in after.items() if data is not None}
    houses = {(ORGANISATION.name, slug) for slug in HOUSES}
    gone = {(ACCOUNT.name, str(account)), *houses, *(key for kim in (goes, *since) for key in find_keys(kim))}
    assert {key for key, (data, _) in after.items() if data is None} == gone
    assert all(after[key][1] > before[key][1] for key in before.keys() - {(MEMBER.name, since[2][1])})
    assert sorted(orders) == sorted([*[goes[0]] * 3, *[since[2][0]] * 2, since[0][0], since[1][0]])
    assert all(again[house][0] is not None for house in houses)
    assert all(again[house][1] > after[house][1] for house in houses)


async def test_nothing_is_sent_unless_a_new_generation_was_begun(service: Service, kafka: Kafka) -> None:
    async with running_service(service, only=("api", "relay")) as members:
        await describe_organisations(members)
        await sent(members, kafka)
        written = await read_outbox(members.pool)
        code, output = await said(service, "republish", "--restored")

        assert code == 1
        assert output == (
            "Nothing was sent: the topics hold messages of this generation already."
            " Stop members, and run migrate --restored first.\n"
        )
        assert await read_outbox(members.pool) == written


async def test_a_record_that_no_relay_wrote_holds_nothing_up(service: Service, kafka: Kafka) -> None:
    async with open_producer(kafka) as producer:
        for key in (b"\xff", b"known"):
            await producer.send_and_wait(kafka.topic_name(PROFILE.name), key=key, value=b"{}")
        for source, sequence in (("/alumnibus/events", 10**15 + 1), (PROFILE.source, 2**62)):
            headers = [("ce_source", source.encode()), ("ce_sequence", b"%d" % sequence)]
            await producer.send_and_wait(
                kafka.topic_name(PROFILE.name), key=b"forged", value=b"{}", headers=headers
            )
    code, output = await said(service, "republish", "--restored", PROFILE.name)

    assert (code, output.splitlines()[-1]) == (
        0,
        "withdrew 1 that have no row any more (members.profile.v1 1)",
    )


async def test_whom_a_list_invites_that_was_unfinished_in_a_backup_is_marked_as_brought_back(
    service: Service,
) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        await post_list(members, b'name,mail\n"Beispiel, Kim",kim@example.org\n', INVITING)
        code, output = await said(service, "migrate", "--restored")
        assert (code, [line.partition(":")[0] for line in output.splitlines()][-2:]) == (
            0,
            ["marked 1 unfinished imports", "began generation 2"],
        )
        await post_list(members, b'name,mail\n"Muster, Toni",toni@example.org\n', INVITING)
        while await import_rows(members.pool, audience_ids=AudienceIds(b"s" * 32)):
            pass
        rows = await members.pool.fetch(
            "SELECT payload::jsonb->>'email' AS email, headers LIKE '%ce_restored%' AS restored FROM outbox"
            " WHERE topic = $1",
            PROFILE.name,
        )
    assert {row["email"]: row["restored"] for row in rows} == {
        "kim@example.org": True,
        "toni@example.org": False,
    }

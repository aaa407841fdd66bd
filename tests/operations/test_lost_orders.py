"""Orders to erase that nobody had read when Kafka's data went: they are an alarm, are given again, and carried out."""

from collections.abc import Mapping
from uuid import UUID

from services.members.erasure.work import watch_orders
from shared.contracts.catalogue import ERASURE_REPORTS, PROFILE, TOPICS
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, delete_topics, read_records
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.operations.network import Services, add_organisation, join, offer, running_all
from tests.operations.operator import Log, walking
from tests.shared.operations.command_line import said

READERS = ("events", "matching", "notifications")
KNOWN = {"events": "member", "matching": "person", "notifications": "recipient"}


async def know(running: Mapping[str, Running], member: UUID) -> bool:
    """Whether every reader knows this member."""
    return all(
        [
            await running[name].pool.fetchval(f"SELECT true FROM {table} WHERE member = $1", member)
            for name, table in KNOWN.items()
        ]
    )


async def find_traces(running: Mapping[str, Running], member: UUID) -> set[str]:
    """Where this member still is."""
    traces = {"events": "registration", "notifications": "recipient", "matching": "person WHERE NOT gone"}
    return {
        name
        for name, rows in traces.items()
        if await running[name].pool.fetchval(
            f"SELECT EXISTS (SELECT FROM (SELECT * FROM {rows}) t WHERE member = $1)", member
        )
    }


async def list_open(members: Running) -> set[str]:
    """The services that haven't reported an order."""
    answer = await members.http.get("/erasures")
    return {order["service"] for order in answer.raise_for_status().json()["items"]}


async def lose_data(services: Services, kafka: Kafka, make_topics: MakeTopics) -> None:
    """Kafka loses all that it had, and each consumer is let go on at the beginning of the new topics."""
    await delete_topics(kafka, [kafka.topic_name(topic.name) for topic in TOPICS])
    await make_topics(TOPICS)
    for service in services.values():
        for topic in service.routes:
            await said(service, "position", "accept", kafka.topic_name(topic.name), "all", "0")


async def test_an_order_that_was_lost_with_kafka_is_an_alarm_until_it_is_given_again_and_carried_out(
    services: Services, kafka: Kafka, make_topics: MakeTopics, log: Log
) -> None:
    await make_topics(TOPICS)
    async with running_all(services) as running:
        await add_organisation(running["members"])
        kim = await join(running["members"], "kim@example.org")
        await eventually(lambda: know(running, kim))
        place = await offer(running["events"])
        registered = await running["events"].http.post(
            f"/offers/{place}/registrations", json={"member": str(kim)}
        )
        registered.raise_for_status()

    only_members = {"members": services["members"]}
    async with running_all(only_members) as running:
        (await running["members"].http.delete(f"/members/{kim}")).raise_for_status()
        await eventually(lambda: is_gone(kafka, kim))
        await running["members"].pool.execute("UPDATE open_order SET since = now() - interval '2 hours'")
    await lose_data(services, kafka, make_topics)

    async with (
        walking("An erasure isn't reported", log) as operator,
        running_all(services) as running,
    ):
        members = running["members"]
        for name in READERS:
            await operator.watches(members, f'alumnibus_erasure_overdue_orders{{service="{name}"}}', 1, 1)
            await operator.hears("erasure.report.alarm", service=name, orders=1)
        assert await find_traces(running, kim) == {*READERS}
        assert await list_open(members) == {*READERS}

        await operator.does(services["members"], "republish members.erasure.v1")
        await eventually(lambda: is_carried_out(running, kim))
        await watch_orders(members.pool)
        for name in READERS:
            await operator.watches(members, f'alumnibus_erasure_overdue_orders{{service="{name}"}}', 0, 0)

        again = await join(members, "kim.again@example.org")
        await eventually(lambda: know(running, again))
        reported = await count_reports(kafka)
        await said(services["members"], "republish")
        await eventually(lambda: reported_again(kafka, reported))
        await eventually(lambda: is_carried_out(running, kim))
        assert again != kim
        assert await know(running, again)


async def is_gone(kafka: Kafka, member: UUID) -> bool:
    """Whether the member's tombstone is on the topic."""
    records = await read_records(kafka, PROFILE.name)
    return any(record.key.decode() == str(member) and record.value is None for record in records)


async def is_carried_out(running: Mapping[str, Running], member: UUID) -> bool:
    return not await find_traces(running, member) and not await list_open(running["members"])


async def count_reports(kafka: Kafka) -> int:
    return sum([len(await read_records(kafka, topic.name)) for topic in ERASURE_REPORTS])


async def reported_again(kafka: Kafka, before: int) -> bool:
    return await count_reports(kafka) == before + len(ERASURE_REPORTS)

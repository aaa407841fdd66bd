"""Orders to erase are open for each service until it reports that it carried them out."""

from typing import Any
from uuid import UUID

from services.members.erasure import orders, work
from shared.contracts.catalogue import ERASURE, EVENTS_ERASURE, MATCHING_ERASURE, NOTIFICATIONS_ERASURE
from shared.messaging import metrics
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from tests.members.erasure.reports import read_orders, report, report_all

SERVICES = ("events", "matching", "notifications")


async def erase_persons(members: Running, *names: str) -> list[str]:
    """Persons who join and are erased; their ids in order."""
    erased = []
    for name in names:
        person = {"given_name": "Kim", "family_name": name, "email": f"{name}@example.org"}
        joined = await members.http.post("/members", json=person | {"organisation": "daad"})
        erased.append(joined.raise_for_status().json()["member"])
        (await members.http.delete(f"/members/{erased[-1]}")).raise_for_status()
    return sorted(erased)


async def list_open(members: Running, **query: Any) -> list[tuple[str, str]]:
    """All open orders, page by page."""
    found: list[tuple[str, str]] = []
    while True:
        page = (await members.http.get("/erasures", params=query)).raise_for_status().json()
        found += [(order["member"], order["service"]) for order in page["items"]]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


async def count_overdue(members: Running) -> dict[str, float]:
    """What is told of each service."""
    await work.watch_orders(members.pool)
    return {name: metrics.ERASURES_OVERDUE.labels(name)._value.get() for name in SERVICES}


async def give_again(members: Running, *erased: str) -> None:
    async with transaction(members.pool) as tx:
        await orders.give_orders(tx, [UUID(member) for member in erased])


async def test_an_order_is_open_for_each_service_until_that_one_reports(members: Running) -> None:
    ada, bo = await erase_persons(members, "ada", "bo")
    assert await list_open(members, limit=4) == [(m, s) for m in (ada, bo) for s in SERVICES]

    await report_all(members, MATCHING_ERASURE)
    await report_all(members, MATCHING_ERASURE)
    assert await list_open(members, service="matching") == []
    assert await list_open(members, service="events", limit=1) == [(ada, "events"), (bo, "events")]

    for topic in (EVENTS_ERASURE, NOTIFICATIONS_ERASURE):
        await report_all(members, topic)
    assert await list_open(members) == []


async def test_a_report_from_before_an_order_was_given_again_closes_nothing(members: Running) -> None:
    [kim] = await erase_persons(members, "kim")
    early = await read_orders(members)
    await give_again(members, kim)

    await report(members, EVENTS_ERASURE, early)
    assert await list_open(members, service="events") == [(kim, "events")]


async def test_what_is_open_for_an_hour_is_overdue_also_if_it_is_given_again(members: Running) -> None:
    late, _ = await erase_persons(members, "late", "fresh")
    await members.pool.execute(
        "UPDATE open_order SET since = since - interval '61 minutes' WHERE member = $1", UUID(late)
    )
    await give_again(members, late)

    assert await count_overdue(members) == dict.fromkeys(SERVICES, 1)
    assert metrics.ERASURES_AGE.labels("events")._value.get() > 3600
    await report_all(members, EVENTS_ERASURE)
    assert (await count_overdue(members))["events"] == 1

    await members.pool.execute("DELETE FROM open_order WHERE service = 'events'")
    assert await count_overdue(members) == {"events": 0, "matching": 1, "notifications": 1}


async def test_an_order_from_before_there_were_reports_is_no_alarm_until_it_is_given_again(
    members: Running,
) -> None:
    [old] = await erase_persons(members, "old")
    await members.pool.execute("UPDATE open_order SET since = NULL, given_at = given_at - interval '1 year'")
    assert await count_overdue(members) == dict.fromkeys(SERVICES, 0)
    assert await list_open(members, service="events") == [(old, "events")]

    before = len(await read_outbox(members.pool, ERASURE.name))
    (await members.http.delete(f"/members/{old}")).raise_for_status()
    assert len(await read_outbox(members.pool, ERASURE.name)) == before + 1
    assert await members.pool.fetchval("SELECT count(*) FROM open_order WHERE since IS NOT NULL") == 3

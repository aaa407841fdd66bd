"""The console of a service: an operator sees what waits, and replays, drops or retries it; nobody else does."""

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import ORGANISATION
from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.postgres.pool import transaction
from shared.testing.services import Running
from tests.events.pages import read, send
from tests.shared.web.page_reader import BROWSER, GERMAN, find_errors

CAUSE, CONSOLE = "0123456789ab", "/console/events"
MENDED, BROKEN = ParkedKey(ORGANISATION.name, "giz"), ParkedKey(ORGANISATION.name, "kfw")


def unreadable(key: str) -> "ConsumerRecord[bytes, bytes]":
    """A record that nobody can apply."""
    return ConsumerRecord(ORGANISATION.name, 0, 7, 0, 0, key.encode(), b"{", None, 3, 1, ())


async def park(events: Running) -> None:
    """Two keys for one cause: under one nothing waits, under the other what nobody can read; and a failed item."""
    async with transaction(events.pool) as tx:
        for key in (MENDED, BROKEN):
            await parking.park_key(tx, key, Failure(CAUSE, "KeyError in events/x.py:apply"))
        await parking.queue_record(tx, BROKEN, unreadable(BROKEN.key))
        await tx.execute(
            "INSERT INTO attempt (worker, item, until, failed_at, reason)"
            " VALUES ('completion', 'o-1', now(), now(), 'KeyError')"
        )


async def list_parked(events: Running) -> list[str]:
    rows = await events.pool.fetch("SELECT key FROM parked_key ORDER BY key")
    return [row["key"] for row in rows]


async def test_an_operator_sees_what_waits_and_replays_what_is_mended(events: Running) -> None:
    operator = await events.as_operator()
    assert "events: nothing needs you" in await read(operator, CONSOLE)
    await park(events)

    assert "events: 2 things need you" in await read(operator, CONSOLE)
    shown = await read(operator, f"{CONSOLE}/parked/{CAUSE}")
    assert "2 keys are parked" in shown
    assert "KeyError in events/x.py:apply" in shown
    replayed = await operator.post(f"{CONSOLE}/parked/{CAUSE}", data={"act": "replay"}, headers=BROWSER)

    # What the next page says: one was applied, one is parked still.
    assert "console.replayed.1.1" in replayed.headers["Set-Cookie"]
    assert await list_parked(events) == [BROKEN.key]
    audited = await events.pool.fetch("SELECT DISTINCT verb, object FROM audit")
    assert [tuple(row) for row in audited] == [("replay_cause", {"cause": CAUSE})]
    await read(operator, f"{CONSOLE}/parked/{CAUSE}", 404)


async def test_what_waits_is_dropped_for_a_reason_after_a_question(events: Running) -> None:
    operator, path = await events.as_operator(), f"{CONSOLE}/parked/{CAUSE}/drop"
    await park(events)

    assert "This can’t be undone" in await read(operator, path)
    wrong = await send(operator, path, 422, reason="", typed="another")
    assert set(find_errors(wrong)) == {"reason", "typed"}
    assert len(await list_parked(events)) == 2
    await send(operator, path, reason="A test of ours.", typed=CAUSE)

    assert await list_parked(events) == []
    kept = await events.pool.fetch("SELECT reason, fingerprint FROM parked_dropped")
    assert [tuple(row) for row in kept] == [("A test of ours.", CAUSE)] * 2


async def test_a_failed_item_is_tried_again(events: Running) -> None:
    operator = await events.as_operator()
    await park(events)

    await send(operator, CONSOLE, worker="completion", item="o-1")

    assert await events.pool.fetchval("SELECT count(*) FROM attempt") == 0


async def test_the_console_is_the_operators_alone_and_speaks_german(events: Running) -> None:
    await park(events)
    coordinator, operator = await events.as_coordinator("daad"), await events.as_operator()
    for path in (CONSOLE, f"{CONSOLE}/parked/{CAUSE}", f"{CONSOLE}/parked/{CAUSE}/drop"):
        await read(coordinator, path, 403)
        await send(coordinator, path, 403, reason="No.", typed=CAUSE)
        page = await operator.get(path, headers=GERMAN)
        assert (page.status_code, page.headers["Content-Language"]) == (200, "de")
        asked = await events.anonymous().get(path, headers=BROWSER)
        assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (303, "/sign-in")
    assert len(await list_parked(events)) == 2

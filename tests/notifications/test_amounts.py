"""Whatever amounts the workers have to do with: the process answers, transactions stay short, and all goes on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from shared.contracts.catalogue import OFFER, PROFILE, REGISTRATION
from shared.postgres.pool import Pool
from shared.runtime.process import running_task
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.amounts import add_deliveries, add_recipients
from tests.notifications.conftest import StartService, receive
from tests.notifications.mailserver import mail_server, mail_server_in_thread

BACKLOG, EXPIRED, LONG_TEXTS = 20_000, 10_000, 50
LONG, LONGEST = 4_000, 400_000
LONGEST_TURN_SECONDS, LONGEST_TRANSACTION_SECONDS = 0.5, 5

LARGE_MAIL = """
UPDATE delivery SET composed_at = now(), due_at = now() - interval '1 hour', language = 'de',
    subject = repeat('ä', 100_000), text = repeat('Zeile mit ä'||chr(10), 100_000), html = repeat('<p>ä</p>', 100_000)
WHERE delivery = (SELECT delivery FROM delivery WHERE organisation = 'daad' ORDER BY place DESC LIMIT 1)
RETURNING delivery"""

UNFINISHED = """
SELECT state, reason, count(*) AS count FROM delivery
WHERE state IN ('waiting', 'undeliverable') OR kind = 'registered' AND composed_at IS NULL OR delivery = $1
GROUP BY state, reason"""

TRANSACTIONS = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'alumnibus-notifications' AND pid <> pg_backend_pid()"""


@dataclass
class Longest:
    """The longest of what was measured, in seconds."""

    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        self.seconds = max(self.seconds, seconds)


async def test_the_process_answers_and_transactions_stay_short_whatever_the_workers_do(
    start: StartService,
) -> None:
    over = asyncio.Event()

    async def hanging(_recipient: str) -> str:
        await over.wait()
        return "250 kept"

    with mail_server_in_thread() as url:
        async with mail_server(hanging) as slow:
            settings = {"SMTP": url, "SMTP_BY_ORGANISATION": f'{{"giz": "{slow.url}"}}'}
            async with start(**settings) as service:
                await add_recipients(service.pool)
                await add_long_texts(service)
                large = await add_backlogs(service.pool)
                async with (
                    measuring_turns() as turn,
                    measuring_transactions(service.pool) as transaction,
                    start("work", **settings),
                ):
                    await eventually(lambda: is_through(service.pool, large))
                    over.set()

    assert 0 < turn.seconds < LONGEST_TURN_SECONDS
    assert 0 < transaction.seconds < LONGEST_TRANSACTION_SECONDS
    assert slow.tried > 0


async def add_long_texts(service: Running) -> None:
    """Registrations in whose texts each value is long, and one in whose text one is far too long."""
    event, endless, members = uuid4(), uuid4(), [uuid4() for _ in range(LONG_TEXTS)]
    await receive(service, PROFILE, [build.profile(m, name=f"Kim {'<&ä>' * (LONG // 4)}") for m in members])
    await receive(service, OFFER, [build.offer(event, title="<&ß>" * (LONG // 4), venue="Ж" * LONG)])
    await receive(service, OFFER, [build.offer(endless, title="ä" * LONGEST)])
    registrations = [build.registration(uuid4(), event, member) for member in members]
    await receive(service, REGISTRATION, [build.registration(uuid4(), endless, members[0]), *registrations])


async def add_backlogs(pool: Pool) -> UUID:
    """Much to compose, much to send to the server that hangs, much that waited too long, and one large mail."""
    await add_deliveries(pool, BACKLOG)
    await add_deliveries(pool, BACKLOG, composed=True, organisation="giz")
    await add_deliveries(pool, EXPIRED, state="waiting", organisation="nobody")
    await pool.execute("UPDATE delivery SET deadline = now() WHERE state = 'waiting'")
    large: UUID = await pool.fetchval(LARGE_MAIL)
    return large


async def is_through(pool: Pool, large: UUID) -> bool:
    """What waited has ended, long texts are composed, the longest was refused, the large mail is sent."""
    return {tuple(row) for row in await pool.fetch(UNFINISHED, large)} == {
        ("undeliverable", "the organisation never became known", EXPIRED),
        ("failed", "the text could not be made: TextTooLong", 1),
        ("sent", None, 1),
    }


@asynccontextmanager
async def measuring_turns() -> AsyncIterator[Longest]:
    """For how long the event loop was held at most: nothing is answered meanwhile. In time of the processor, as
    others may use it besides."""
    longest = Longest()

    async def look() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            longest.add(time.thread_time() - began)

    async with running_task(look()):
        yield longest


@asynccontextmanager
async def measuring_transactions(pool: Pool) -> AsyncIterator[Longest]:
    """How long the service's transactions were open at most."""
    longest = Longest()

    async def look() -> None:
        while True:
            longest.add(await pool.fetchval(TRANSACTIONS))
            await asyncio.sleep(0.02)

    async with running_task(look()):
        yield longest

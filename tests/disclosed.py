"""What tests of disclosure share: who asks a service, what it told, and the tables that it must tell of."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.catalogue import DISCLOSURE, Topic
from shared.contracts.members import Disclosure, DisclosurePart
from shared.messaging.message import Message
from shared.postgres.pool import Pool, transaction
from shared.runtime.disclosure.holdings import Holding
from shared.runtime.items import ItemWork
from shared.testing.services import Running

# Tables of every service: copies on their way or for an operator, which go by themselves, and what workers are at.
MECHANISM = frozenset(
    {
        "attempt",
        "audit_erasure",
        "disclosing",
        "generation",
        "heard_generation",
        "in_doubt",
        "inbox",
        "job",
        "migration",
        "outbox",
        "parked",
        "parked_dropped",
        "parked_key",
        "position",
        "refused",
        "relay",
        "release",
        "segment_roll",
    }
)


def ask(service: str, member: UUID, asked_at: datetime | None = None) -> Message[Disclosure]:
    """The message by which members asks this service."""
    moment = asked_at or datetime.now(UTC)
    data = Disclosure(member=member, asked_at=moment, services=(service,))
    return Message(uuid4(), "DisclosureAsked", str(member), 1, moment, data, "c-1")


async def receive_request(running: Running, service: str, member: UUID) -> None:
    """Let the service's consumer take the request."""
    async with transaction(running.pool) as tx:
        await running.app.state.service.routes[DISCLOSURE](tx, [ask(service, member)])


async def read_parts(pool: Pool, topic: Topic) -> Sequence[DisclosurePart]:
    """What waits to go out, in its order."""
    rows = await pool.fetch("SELECT payload FROM outbox WHERE topic = $1 ORDER BY id", topic.name)
    return [DisclosurePart.model_validate_json(row["payload"]) for row in rows]


async def disclose(running: Running, work: ItemWork, topic: Topic, member: UUID) -> dict[str, list[Any]]:
    """All that the service tells of the member, by the holdings' names."""
    await receive_request(running, topic.owner, member)
    while await work.step(running.pool):
        pass
    return merge_parts(await read_parts(running.pool, topic))


def merge_parts(parts: Sequence[DisclosurePart]) -> dict[str, list[Any]]:
    """The records of all parts by the holdings' names. Parts are numbered, and the last one says so."""
    assert [part.part for part in parts] == list(range(1, len(parts) + 1))
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    records: dict[str, list[Any]] = defaultdict(list)
    for part in parts:
        for name, told in json.loads(part.content).items():
            records[name] += told
    return dict(records)


async def require_told(
    pool: Pool,
    holdings: Sequence[Holding],
    of_nobody: Collection[str],
    member: UUID,
    told: dict[str, list[Any]],
) -> None:
    """Each table belongs to a holding or holds nothing of a member; each that names this one has told something."""
    tables = await _list_tables(pool)
    of_members = {table for holding in holdings for table in holding.tables}
    assert tables - MECHANISM - set(of_nobody) == of_members
    telling = {table for holding in holdings if told[holding.name] for table in holding.tables}
    naming = {table for table in tables - MECHANISM if await _names(pool, table, member)}
    assert naming <= telling


async def _list_tables(pool: Pool) -> set[str]:
    rows = await pool.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    return {row["relname"] for row in rows}


async def _names(pool: Pool, table: str, member: UUID) -> bool:
    return bool(
        await pool.fetchval(
            f'SELECT EXISTS (SELECT FROM "{table}" t WHERE strpos(t::text, $1) > 0)', str(member)
        )
    )

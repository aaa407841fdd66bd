"""Orders to erase: each is open for a service until that reports that it carried it out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from services.members.members import erased_addresses
from shared.contracts import catalogue
from shared.contracts.members import Erasure, ErasureReport
from shared.messaging.message import Message
from shared.messaging.outbox import LAST_VERSION, Outgoing
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest

ErasingService = Literal["events", "matching", "notifications"]
SERVICES = tuple(topic.owner for topic in catalogue.ERASURE_REPORTS)

_OPEN = """
INSERT INTO open_order AS known (member, service, since, given_at)
SELECT member, service, now(), now() FROM unnest($1::uuid[]) AS member CROSS JOIN unnest($2::text[]) AS service
ORDER BY member, service
ON CONFLICT (member, service) DO UPDATE SET (since, given_at)
    = (coalesce(known.since, excluded.since), greatest(known.given_at, excluded.given_at))"""

_OVERDUE = """
SELECT service,
       (SELECT count(*) FROM open_order o
        WHERE o.service = s.service AND since < now() - interval '1 hour') AS orders,
       (SELECT extract(epoch FROM now() - min(since))::float8 FROM open_order o
        WHERE o.service = s.service AND since IS NOT NULL) AS oldest_seconds
FROM unnest($1::text[]) AS s(service)"""


class OpenOrder(BaseModel):
    """An order to erase a member that a service hasn't reported as carried out. `since` is None for an order from
    before there were reports; `given_at` is when it was given last."""

    member: UUID
    service: ErasingService
    since: datetime | None
    given_at: datetime


class Overdue(NamedTuple):
    """How many orders a service hasn't reported within an hour, and how old its oldest open one is."""

    service: str
    orders: int
    oldest_seconds: float


async def give_orders(tx: Tx, members: Sequence[UUID]) -> list[Outgoing]:
    """Open the orders to erase these members, who stand in `erased`, or open them again; returns their messages."""
    await tx.execute(_OPEN, members, SERVICES)
    moment: datetime = await tx.fetchval("SELECT now()")
    hashes = await erased_addresses.list_hashes(tx, members)
    return [
        Outgoing(
            catalogue.ERASURE,
            str(member),
            "ErasureOrdered",
            LAST_VERSION,
            Erasure(member=member, ordered_at=moment, address_hashes=tuple(hashes.get(member, ()))),
        )
        for member in members
    ]


async def build_tombstones(tx: Tx, members: Sequence[UUID]) -> list[Outgoing]:
    """What tells the readers of profiles that these members are erased."""
    return [
        Outgoing(catalogue.PROFILE, str(member), "MemberErased", LAST_VERSION, None) for member in members
    ]


async def is_open(tx: Tx, member: UUID) -> bool:
    """Whether any service hasn't reported that it erased this member."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM open_order WHERE member = $1)", member))


async def close_orders(tx: Tx, messages: Sequence[Message[ErasureReport]], service: str) -> None:
    """Close the orders that this service reports as carried out. What was given again since then stays open."""
    reports = [message.data for message in messages if message.data is not None]
    members = [report.member for report in reports]
    await tx.execute(
        "SELECT FROM open_order WHERE service = $1 AND member = ANY($2) ORDER BY member FOR UPDATE",
        service,
        members,
    )
    await tx.execute(
        "DELETE FROM open_order o USING unnest($2::uuid[], $3::timestamptz[]) AS report(member, ordered_at)"
        " WHERE o.service = $1 AND o.member = report.member AND o.given_at <= report.ordered_at",
        service,
        members,
        [report.ordered_at for report in reports],
    )


async def count_overdue(tx: Tx) -> list[Overdue]:
    """What each service hasn't reported."""
    return [
        Overdue(row["service"], row["orders"], row["oldest_seconds"] or 0.0)
        for row in await tx.fetch(_OVERDUE, SERVICES)
    ]


async def list_open(tx: Tx, service: ErasingService | None, paging: PageRequest) -> Page[OpenOrder]:
    """Open orders by member and service."""
    after = paging.cursor_parts(UUID, str)
    rows = await tx.fetch(
        """
        SELECT member, service, since, given_at FROM open_order
        WHERE ($1::text IS NULL OR service = $1) AND ($2::uuid IS NULL OR (member, service) > ($2, $3))
        ORDER BY member, service LIMIT $4""",
        service,
        *after,
        paging.limit + 1,
    )
    return paging.build_page(
        [OpenOrder.model_validate(dict(row)) for row in rows],
        [[row["member"], row["service"]] for row in rows],
    )

"""What is found when all is quiet: rows of services and replicas, deliveries and mails; and what is unfinished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.maildir import Mail, Maildir
from tests.faults.findings import OVERDUE, UNSENT
from tests.faults.platform.running import Platform

Positions: TypeAlias = Mapping[str, Mapping[TopicPartition, int]]
Rows: TypeAlias = frozenset[tuple[object, ...]]

# Each replica and its owner: the same rows, wherever they are read.
REPLICAS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "organisations in events": (
        ("members", "SELECT organisation, name, kind, country FROM organisation"),
        ("events", "SELECT organisation, name, kind, country FROM organisation"),
    ),
    "organisations in notifications": (
        ("members", "SELECT organisation, name FROM organisation"),
        ("notifications", "SELECT organisation, name FROM organisation"),
    ),
    "members in events": (
        ("members", "SELECT member, language, residence FROM member"),
        ("events", "SELECT member, language, residence FROM member"),
    ),
    "members in matching": (
        ("members", "SELECT member, origin, residence, advises, regions FROM member"),
        ("matching", "SELECT member, origin, residence, advises, regions FROM person WHERE NOT gone"),
    ),
    "members in notifications": (
        ("members", "SELECT member, given_name, family_name, email, language FROM member"),
        ("notifications", "SELECT member, given_name, family_name, email, language FROM recipient"),
    ),
    "offers in notifications": (
        ("events", "SELECT offer, title, state, registered, waiting FROM offer WHERE state <> 'draft'"),
        (
            "notifications",
            "SELECT offer, data->>'title', data->>'state', (data->>'registered')::int, (data->>'waiting')::int"
            " FROM offer",
        ),
    ),
    "registrations in notifications": (
        ("events", "SELECT registration, offer, member, state FROM registration"),
        ("notifications", "SELECT registration, offer, member, state FROM registration"),
    ),
    "mentorships in notifications": (
        ("matching", "SELECT request, requester, adviser, state FROM request WHERE requester IS NOT NULL"),
        (
            "notifications",
            "SELECT request, (data->>'requester')::uuid, (data->>'adviser')::uuid, data->>'state' FROM mentorship",
        ),
    ),
}

DELIVERIES = "SELECT delivery, kind, member, other, offer, state, reason FROM delivery"
UNDELIVERED = "SELECT count(*) FROM delivery WHERE state IN ('waiting', 'due')"
# Where a service notes that it has more to do than fits one transaction.
PAGED_WORK = (
    ("events", "count_change"),
    ("events", "moving_up"),
    ("matching", "handing_over"),
    ("notifications", "cancellation"),
)
POSITIONS = "SELECT topic, partition, next FROM position"


class Delivery(NamedTuple):
    """A row of the delivery log."""

    delivery: UUID
    kind: str
    member: UUID | None
    other: UUID | None
    offer: UUID | None
    state: str
    reason: str | None = None


@dataclass(frozen=True)
class PlatformFindings:
    """`replicas`: name -> the owner's rows, and the replica's. `mails` are in the order in which they came."""

    members: Mapping[UUID, str]
    offers: Mapping[UUID, tuple[str, int]]
    registrations: Mapping[UUID, tuple[UUID, UUID, str, bool]]
    requests: Mapping[UUID, tuple[str, UUID | None]]
    replicas: Mapping[str, tuple[Rows, Rows]]
    deliveries: Sequence[Delivery]
    mails: Sequence[Mail]


async def collect_findings(platform: Platform) -> PlatformFindings:
    """Read everything."""

    async def fetch(service: str, query: str) -> list[asyncpg.Record]:
        return await platform.pools[service].fetch(query)

    registrations = await fetch(
        "events", "SELECT registration, offer, member, state, moved_up FROM registration"
    )
    return PlatformFindings(
        members={row["member"]: row["email"] for row in await fetch("members", "SELECT * FROM member")},
        offers={
            row["offer"]: (row["state"], row["registered"])
            for row in await fetch("events", "SELECT * FROM offer")
        },
        registrations={row["registration"]: tuple(row)[1:] for row in registrations},
        requests={
            row["request"]: (row["state"], row["adviser"])
            for row in await fetch("matching", "SELECT * FROM request")
        },
        replicas={
            name: (_as_rows(await fetch(*owner)), _as_rows(await fetch(*replica)))
            for name, (owner, replica) in REPLICAS.items()
        },
        deliveries=[Delivery(*row) for row in await fetch("notifications", DELIVERIES)],
        mails=sorted(Maildir(platform.mailbox).list_mails(), key=lambda mail: mail.name),
    )


def _as_rows(records: Sequence[asyncpg.Record]) -> Rows:
    return frozenset(
        tuple(tuple(value) if isinstance(value, list) else value for value in record) for record in records
    )


async def find_unfinished(platform: Platform) -> list[str]:
    """What is unfinished; nothing when all is quiet. Consumers that moved while the rest was looked at may have added
    to it."""
    before = await _read_positions(platform)
    unfinished = await _find_waiting_rows(platform) or await _find_lag(platform, before)
    if not unfinished and await _read_positions(platform) != before:
        unfinished.append("consumers moved meanwhile")
    return unfinished


async def _read_positions(platform: Platform) -> Positions:
    return {
        service: {
            TopicPartition(row["topic"], row["partition"]): row["next"] for row in await pool.fetch(POSITIONS)
        }
        for service, pool in platform.pools.items()
    }


async def _find_waiting_rows(platform: Platform) -> list[str]:
    unfinished = []
    for service, pool in platform.pools.items():
        if unsent := await pool.fetchval(UNSENT):
            unfinished.append(f"{unsent} unsent rows in the outbox of {service}")
        if overdue := await pool.fetchval(OVERDUE):
            unfinished.append(f"{overdue} in-doubt pages of {service}")
        if parked := await pool.fetchval("SELECT count(*) FROM parked_key"):
            unfinished.append(f"{parked} parked keys of {service}")
    if undelivered := await platform.pools["notifications"].fetchval(UNDELIVERED):
        unfinished.append(f"{undelivered} deliveries wait")
    for service, table in PAGED_WORK:
        if begun := await platform.pools[service].fetchval(f"SELECT count(*) FROM {table}"):
            unfinished.append(f"{begun} rows in {table} of {service}")
    return unfinished


async def _find_lag(platform: Platform, reached: Positions) -> list[str]:
    """Only asked when nothing else is left, since it asks Kafka."""
    consumer = AIOKafkaConsumer(**platform.kafka.client_options, auto_offset_reset="earliest")
    await consumer.start()
    try:
        behind = []
        for service, positions in reached.items():
            ends = await consumer.end_offsets(list(positions)) if positions else {}
            behind += [
                f"{service} is at {positions[place]} of {end} of {place.topic} {place.partition}"
                for place, end in ends.items()
                if positions[place] != end
            ]
        return behind
    finally:
        await consumer.stop()

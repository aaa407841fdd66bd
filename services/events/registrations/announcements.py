"""What goes out about registrations: each step of each one, in its order."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts import catalogue
from shared.contracts.events import Registration
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx


async def publish_registrations(tx: Tx, rows: Iterable[asyncpg.Record]) -> None:
    """Write the registrations as these rows have them to the outbox, in this order."""
    await outbox.put_all(tx, [_build_message(dict(row)) for row in rows])


async def publish_tombstones(tx: Tx, rows: Iterable[asyncpg.Record]) -> None:
    """Write to the outbox that these registrations were erased; newer than all that went out about them."""
    await outbox.put_all(
        tx,
        [
            Outgoing(
                catalogue.REGISTRATION,
                str(row["registration"]),
                "RegistrationErased",
                row["version"] + 1,
                None,
            )
            for row in rows
        ],
    )


async def lock_registrations(tx: Tx, after: UUID | None, size: int) -> Sequence[UUID]:
    """The next registrations by their ids; their offers are locked, as for each change of a registration."""
    rows = await tx.fetch(
        "SELECT registration, offer FROM registration WHERE registration > $1 ORDER BY registration LIMIT $2",
        after or UUID(int=0),
        size,
    )
    offered = [row["offer"] for row in rows]
    await tx.execute("SELECT FROM offer WHERE offer = ANY($1) ORDER BY offer FOR SHARE", offered)
    return [row["registration"] for row in rows]


async def build_messages(tx: Tx, registrations: Sequence[UUID]) -> Sequence[Outgoing]:
    """A message about each of these registrations as it is now."""
    rows = await tx.fetch(
        "SELECT * FROM registration WHERE registration = ANY($1) ORDER BY registration", registrations
    )
    return [_build_message(dict(row)) for row in rows]


def _build_message(row: dict[str, Any]) -> Outgoing:
    data = Registration.model_validate(row)
    return Outgoing(
        catalogue.REGISTRATION, str(data.registration), data.state.capitalize(), row["version"], data
    )

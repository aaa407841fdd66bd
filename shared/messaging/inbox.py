"""The inbox: which messages were taken already, so that what a relay sent twice has its effect once."""

from collections.abc import Sequence
from uuid import UUID

from shared.postgres.pool import Tx


async def admit(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Note these ids; returns those that are new."""
    rows = await tx.fetch(
        """
        INSERT INTO inbox (message_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING
        RETURNING message_id""",
        sorted(set(ids)),
    )
    return {row["message_id"] for row in rows}

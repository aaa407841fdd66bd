"""Erasure in the tables of messaging: what waits to go out, what is kept of it, and what is parked."""

from collections.abc import Sequence

from shared.messaging import outbox
from shared.messaging.consumer import parking
from shared.postgres.pool import Tx


async def erase_messages(tx: Tx, ids: Sequence[str]) -> None:
    """Take out every message that names one of these ids. Call it before the messages with the new state are put."""
    await outbox.erase_messages(tx, ids)
    await parking.erase_messages(tx, ids)

"""Organisations' names, in which their mails are sent."""

from collections.abc import Sequence

from services.notifications.deliveries import deliveries
from services.notifications.replicas import latest
from shared.contracts.members import Organisation
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO organisation AS stored (organisation, sequence, name)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
ON CONFLICT (organisation) DO UPDATE SET (sequence, name) = (excluded.sequence, excluded.name)
WHERE stored.sequence < excluded.sequence"""


async def follow(tx: Tx, messages: Sequence[Message[Organisation]]) -> None:
    """Hold the newest names; mails that waited for them can go."""
    await project(tx, messages)
    await deliveries.complete_organisations(tx, [m.key for m in messages if m.data is not None])


async def project(tx: Tx, messages: Sequence[Message[Organisation]]) -> None:
    """Hold the newest names."""
    told = latest.told(messages)
    await tx.execute(
        _UPSERT,
        [organisation.organisation for organisation, _ in told],
        [sequence for _, sequence in told],
        [organisation.name for organisation, _ in told],
    )

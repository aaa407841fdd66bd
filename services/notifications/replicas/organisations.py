"""Organisations' names, in which their mails are sent."""

from collections.abc import Sequence

from services.notifications.replicas.latest import latest_states
from shared.contracts.members import Organisation
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO organisation AS stored (organisation, sequence, name)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
ON CONFLICT (organisation) DO UPDATE SET (sequence, name) = (excluded.sequence, excluded.name)
WHERE stored.sequence < excluded.sequence"""


async def project_organisations(tx: Tx, messages: Sequence[Message[Organisation]]) -> None:
    """Keep the newest names."""
    states = latest_states(messages)
    await tx.execute(
        _UPSERT,
        [organisation.organisation for organisation, _ in states],
        [sequence for _, sequence in states],
        [organisation.name for organisation, _ in states],
    )

"""Members as recipients: their names, addresses, languages, and their ids for each organisation."""

from collections.abc import Sequence
from json import dumps
from uuid import UUID

from services.notifications.replicas.latest import deleted_keys, latest_states
from shared.contracts.members import Profile
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO recipient AS stored (member, sequence, given_name, family_name, email, language, ids)
SELECT n.member, n.sequence, n.given_name, n.family_name, n.email, n.language, n.ids::jsonb
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
     AS n(member, sequence, given_name, family_name, email, language, ids)
WHERE NOT EXISTS (SELECT FROM erased e WHERE e.member = n.member)
ON CONFLICT (member) DO UPDATE SET (sequence, given_name, family_name, email, language, ids)
    = (excluded.sequence, excluded.given_name, excluded.family_name, excluded.email, excluded.language,
       excluded.ids)
WHERE stored.sequence < excluded.sequence"""


async def project_members(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Keep what the newest profiles say, but nothing of erased members; a tombstone deletes."""
    deleted = [UUID(key) for key in deleted_keys(messages)]
    if deleted:
        await tx.execute("DELETE FROM recipient WHERE member = ANY($1)", deleted)
    profiles = latest_states(messages)
    await tx.execute(
        _UPSERT,
        [p.member for p, _ in profiles],
        [sequence for _, sequence in profiles],
        [p.given_name for p, _ in profiles],
        [p.family_name for p, _ in profiles],
        [p.email for p, _ in profiles],
        [p.language for p, _ in profiles],
        [dumps({a.organisation: str(a.organisation_id) for a in p.affiliations}) for p, _ in profiles],
    )

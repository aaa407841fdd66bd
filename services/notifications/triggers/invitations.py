"""Recipients: members' names, addresses and languages as the profile topic has them, and their invitations."""

from collections.abc import Iterable, Sequence
from json import dumps
from uuid import UUID

from services.notifications import erasure
from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import Notice
from services.notifications.deliveries.kinds import Kind
from services.notifications.replicas import latest
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


async def follow(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Hold what the newest profiles say, invite whom an organisation invited, forget who is gone."""
    await erasure.forget(tx, [UUID(m.key) for m in messages if m.data is None])
    await project(tx, messages)
    await deliveries.complete_members(tx, [m.data.member for m in messages if m.data is not None])
    await deliveries.note(tx, [invitation for m in messages for invitation in _invitations(m)])


async def project(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Hold what the newest profiles say; a tombstone removes."""
    gone = [UUID(m.key) for m in latest.newest(messages) if m.data is None]
    if gone:
        await tx.execute("DELETE FROM recipient WHERE member = ANY($1)", gone)
    profiles = latest.told(messages)
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


def _invitations(message: Message[Profile]) -> Iterable[Notice]:
    """One for each organisation that invited; the delivery log knows those that went out before."""
    if message.data is None:
        return
    for affiliation in message.data.affiliations:
        if affiliation.invited_at is not None:
            yield Notice(
                Kind.INVITATION,
                message.data.member,
                f"{message.data.member} {affiliation.organisation}",
                affiliation.invited_at,
                message.correlation_id,
                organisation=affiliation.organisation,
            )

"""Members as this service needs them: that they exist, their language and where they live."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.members import Profile
from shared.contracts.refusals import Refused
from shared.messaging.message import Message
from shared.postgres.pool import Tx


async def project_members(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Take over the newest state of each member. What is older than the stored one changes nothing, and a member
    who was erased does not come back."""
    newest = {m.key: m for m in sorted(messages, key=lambda m: m.sequence)}
    await erase_members(tx, [UUID(key) for key, m in newest.items() if m.data is None])
    latest = [(m.data, m.sequence) for m in newest.values() if m.data is not None]
    await tx.execute(
        """
        INSERT INTO member (member, language, residence, sequence)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS latest(member)
        WHERE NOT EXISTS (SELECT FROM erased WHERE erased.member = latest.member)
        ON CONFLICT (member) DO UPDATE SET (language, residence, sequence)
            = (excluded.language, excluded.residence, excluded.sequence)
        WHERE member.sequence < excluded.sequence""",
        [p.member for p, _ in latest],
        [p.language for p, _ in latest],
        [p.residence for p, _ in latest],
        [sequence for _, sequence in latest],
    )


async def erase_members(tx: Tx, members: Sequence[UUID]) -> list[UUID]:
    """Remove these members, for good; returns those who were known. Waits for registrations of theirs that are under
    way."""
    await tx.execute(
        "INSERT INTO erased (member) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", sorted(members)
    )
    rows = await tx.fetch("DELETE FROM member WHERE member = ANY($1) RETURNING member", members)
    return [row["member"] for row in rows]


async def lock_member(tx: Tx, member: UUID) -> None:
    """Keep a member from being erased until `tx` ends. Raises `Refused` for one who is not known here."""
    if not await tx.fetchval("SELECT true FROM member WHERE member = $1 FOR KEY SHARE", member):
        raise Refused(
            "member-unknown", "No member is known here by this id; one who joined just now may need a moment."
        )

"""Erasure: a member's data leaves this service, and the order to forget goes to all others."""

from datetime import datetime
from uuid import UUID

from services.members.identities import Identities
from shared.contracts import catalogue
from shared.contracts.members import Erasure
from shared.contracts.refusals import NotFound
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx


async def order(tx: Tx, identities: Identities, member: UUID) -> Erasure:
    """Remove the member here; `ErasureOrdered` and tombstones go out. A repeat gets the first answer.

    Raises `NotFound` for an id that never was a member's.
    """
    version = await tx.fetchval("SELECT version FROM member WHERE member = $1 FOR UPDATE", member)
    if version is None:
        return await _ordered_before(tx, member)
    await tx.execute("DELETE FROM member WHERE member = $1", member)
    moment: datetime = await tx.fetchval("INSERT INTO erased (member) VALUES ($1) RETURNING at", member)
    ordered = Erasure(member=member, ordered_at=moment)
    await outbox.forget(tx, [str(member)])
    await outbox.put_all(
        tx,
        [
            Outgoing(catalogue.PROFILE, str(member), "MemberErased", version + 1, None),
            Outgoing(catalogue.MEMBER, str(identities.public(member)), "MemberLeft", version + 1, None),
            Outgoing(catalogue.ERASURE, str(member), "ErasureOrdered", version + 1, ordered),
        ],
    )
    return ordered


async def _ordered_before(tx: Tx, member: UUID) -> Erasure:
    moment = await tx.fetchval("SELECT at FROM erased WHERE member = $1", member)
    if moment is None:
        raise NotFound("member-unknown", "No member has this id.")
    return Erasure(member=member, ordered_at=moment)

"""Erasure: a member's data leaves this service, and the order to erase it goes to all others."""

from datetime import datetime
from uuid import UUID

from services.members.imports import chunks, imports, plans
from services.members.members import departures
from services.members.members.audience_ids import AudienceIds
from shared.contracts import catalogue
from shared.contracts.members import Erasure
from shared.contracts.refusals import NotFound
from shared.messaging import erasure, outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime import attempts


async def order_erasure(tx: Tx, audience_ids: AudienceIds, member: UUID) -> Erasure:
    """Remove the member here; `ErasureOrdered` and a tombstone are published, and in a release that someone left.

    A repeat gets the first answer. Whoever is in a list that is uploaded later joins anew. Raises `NotFound` for an id
    that never was a member's.
    """
    unfinished = await imports.lock_unfinished(tx)
    found = await tx.fetchrow("SELECT version, email_key FROM member WHERE member = $1 FOR UPDATE", member)
    if found is None:
        return await _read_earlier_order(tx, member)
    version, email_key = found
    for which, mapping in unfinished:
        await chunks.erase_rows(tx, which, mapping, email_key)
        await plans.erase_planned(tx, which, email_key)
    await departures.withdraw_member(tx, audience_ids, member)
    await tx.execute("DELETE FROM member WHERE member = $1", member)
    moment: datetime = await tx.fetchval("INSERT INTO erased (member) VALUES ($1) RETURNING at", member)
    ordered = Erasure(member=member, ordered_at=moment)
    await erasure.erase_messages(tx, [str(member)])
    await attempts.forget_item(tx, str(member))
    await outbox.put_all(tx, _build_messages(ordered, version + 1))
    return ordered


async def repeat_erasure(tx: Tx, audience_ids: AudienceIds, member: UUID) -> bool:
    """Give an order again that a restore undid; False if the member isn't there."""
    if not await tx.fetchval("SELECT true FROM member WHERE member = $1", member):
        return False
    await order_erasure(tx, audience_ids, member)
    return True


def _build_messages(ordered: Erasure, version: int) -> list[Outgoing]:
    key = str(ordered.member)
    return [
        Outgoing(catalogue.PROFILE, key, "MemberErased", version, None),
        Outgoing(catalogue.ERASURE, key, "ErasureOrdered", version, ordered),
    ]


async def _read_earlier_order(tx: Tx, member: UUID) -> Erasure:
    moment = await tx.fetchval("SELECT at FROM erased WHERE member = $1", member)
    if moment is None:
        raise NotFound("member-unknown", "No member has this id.")
    return Erasure(member=member, ordered_at=moment)

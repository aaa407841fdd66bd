"""Erasure: a member's data leaves this service, and the order to erase it goes to all others."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from uuid import UUID

from services.members.accounts import accounts, addresses
from services.members.erasure import orders
from services.members.imports import chunks, imports, plans
from services.members.mandates import mandates
from services.members.members import departures, erased_addresses
from services.members.members.audience_ids import AudienceIds
from shared.access.principal import Principal
from shared.contracts.members import Erasure
from shared.contracts.refusals import NotFound
from shared.messaging import erasure, outbox
from shared.postgres.pool import Tx
from shared.runtime import attempts, audit, kept_answers
from shared.runtime.disclosure import disclosing


async def order_asked(tx: Tx, asker: Principal, audience_ids: AudienceIds, member: UUID) -> Erasure:
    """The same as `order_erasure`, for somebody who asks for it. Raises `NotFound` for others than oneself, unless an
    operator asks."""
    if asker.member != member and not asker.is_operator:
        raise _unknown_member()
    return await order_erasure(tx, audience_ids, member)


async def order_erasure(tx: Tx, audience_ids: AudienceIds, member: UUID) -> Erasure:
    """Remove the member here; `ErasureOrdered` and a tombstone are published, and in a release that someone left.

    A repeat gets the first answer; if a service hasn't reported yet that it carried the order out, that is published
    again. Their addresses are known again, by keyed hashes, so that no list brings them back. Raises `NotFound` for an
    id that never was a member's.
    """
    removed = await _remove_member(tx, audience_ids, member)
    if removed or await orders.is_open(tx, member):
        await _give_order(tx, member)
    moment: datetime | None = await tx.fetchval("SELECT at FROM erased WHERE member = $1", member)
    if moment is None:
        raise _unknown_member()
    return Erasure(member=member, ordered_at=moment)


async def repeat_erasures(tx: Tx, audience_ids: AudienceIds, orders_read: Sequence[Erasure]) -> int:
    """Give the orders again of these whose members a restore brought back, and remember all of them, with what they
    know of addresses; returns how many are given."""
    members = [order.member for order in orders_read]
    back = await tx.fetch("SELECT member FROM member WHERE member = ANY($1) ORDER BY member", members)
    for row in back:
        await order_erasure(tx, audience_ids, row["member"])
    await tx.execute(
        "INSERT INTO erased (member) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING", members
    )
    await erased_addresses.keep_hashes(tx, {order.member: order.address_hashes for order in orders_read})
    return len(back)


async def note_undone(tx: Tx, members: Sequence[UUID]) -> int:
    """Remember as erased those of these whom a restore undid, so that orders are given; returns how many."""
    rows = await tx.fetch(
        """
        INSERT INTO erased (member) SELECT undone FROM unnest($1::uuid[]) AS undone
        WHERE NOT EXISTS (SELECT FROM member WHERE member.member = undone)
        ON CONFLICT DO NOTHING RETURNING member""",
        members,
    )
    return len(rows)


async def _remove_member(tx: Tx, audience_ids: AudienceIds, member: UUID) -> bool:
    """Remove all that is kept here of a member; False if no member has this id."""
    unfinished = await imports.lock_unfinished(tx)
    if not await tx.fetchval("SELECT true FROM member WHERE member = $1 FOR UPDATE", member):
        return False
    await disclosing.forget_members(tx, [member])
    keys = await addresses.list_keys(tx, member)
    await mandates.forget_addresses(tx, member)
    await accounts.close_accounts(tx, member)
    for (which, mapping), key in product(unfinished, keys):
        await chunks.erase_rows(tx, which, mapping, key)
        await plans.erase_planned(tx, which, key)
    await departures.withdraw_member(tx, audience_ids, member)
    await tx.execute("DELETE FROM member WHERE member = $1", member)
    await tx.execute("INSERT INTO erased (member) VALUES ($1)", member)
    await erased_addresses.keep_addresses(tx, audience_ids, member, keys)
    await erasure.erase_messages(tx, [str(member)])
    await kept_answers.erase_answers(tx, [member])
    await audit.erase_persons(tx, [member])
    await attempts.forget_item(tx, str(member))
    return True


def _unknown_member() -> NotFound:
    return NotFound("member-unknown", "No member has this id.")


async def _give_order(tx: Tx, member: UUID) -> None:
    tombstones = await orders.build_tombstones(tx, [member])
    await outbox.put_all(tx, [*tombstones, *await orders.give_orders(tx, [member])])

"""Whether an adviser can take anything on: under the adviser's lock, and looked at again when it may have changed."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.advisers import rules
from shared.contracts.matching import Lapse
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx

HAS_ADVISER = "state IN ('accepted', 'agreed')"


async def take_place(tx: Tx, member: UUID) -> None:
    """Lock the adviser, who takes one more request on; with the last place, what else is asked of them lapses.

    Raises `Refused` without free capacity. Lock the request before: requests come before advisers for all.
    """
    free = await _lock_capacity(tx, member) - await count_taken(tx, member)
    if free <= 0:
        raise Refused("capacity-reached", "The adviser has no capacity left.")
    if free == 1:
        await queue_check(tx, [member])


async def note_asked(tx: Tx, member: UUID) -> None:
    """Lock the adviser, who is asked now: nobody becomes full while a proposal is made."""
    await tx.execute(
        "INSERT INTO adviser (member, asked_at) VALUES ($1, now())"
        " ON CONFLICT (member) DO UPDATE SET asked_at = excluded.asked_at",
        member,
    )


async def queue_check(tx: Tx, members: Sequence[UUID]) -> None:
    """Have the open proposals of these advisers looked at, whom `tx` has locked, as advisers or as persons.

    It comes after all other locks.
    """
    await tx.execute(
        "INSERT INTO lapsing (member) SELECT DISTINCT adviser FROM proposal"
        " WHERE adviser = ANY($1) AND state = 'proposed' ORDER BY adviser ON CONFLICT DO NOTHING",
        members,
    )


async def close_check(tx: Tx, member: UUID, lapse: Lapse | None) -> None:
    """The adviser, locked by `find_lapse`, is looked at no more: can take on what is asked, or isn't asked any more."""
    await tx.execute(
        "DELETE FROM lapsing WHERE member = $1 AND ($2 OR NOT EXISTS"
        " (SELECT FROM proposal WHERE adviser = $1 AND state = 'proposed'))",
        member,
        lapse is None,
    )


async def find_lapse(tx: Tx, member: UUID) -> Lapse | None:
    """Lock the adviser, whose person is locked already; why they can't take anything on, None if they can."""
    capacity = await _lock_capacity(tx, member)
    advises = await tx.fetchval("SELECT advises FROM person WHERE member = $1", member)
    return rules.find_lapse(advises=advises, capacity=capacity, taken=await count_taken(tx, member))


async def count_taken(tx: Tx, member: UUID) -> int:
    """How many accepted and agreed requests an adviser has."""
    return int(
        await tx.fetchval(f"SELECT count(*) FROM request WHERE adviser = $1 AND {HAS_ADVISER}", member)
    )


async def _lock_capacity(tx: Tx, member: UUID) -> int:
    """Whoever is asked has a row; who is gone has none, and no capacity."""
    return int(await tx.fetchval("SELECT capacity FROM adviser WHERE member = $1 FOR UPDATE", member) or 0)

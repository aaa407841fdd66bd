"""Advisers' capacity: how many mentorships one takes on at a time, checked under the adviser's lock."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.matching.replicas import members
from shared.contracts.model import Contract
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command

HAS_ADVISER = "state IN ('accepted', 'agreed')"


def _convert_whole_number(value: object) -> object:
    """8.0 is a whole number in JSON; "8" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class SetCapacity(Command):
    """How many mentorships an adviser takes on at a time; 0 is a pause."""

    capacity: Annotated[int, Field(ge=0, le=20, strict=True), BeforeValidator(_convert_whole_number)]


class AdviserCapacity(Contract):
    """How many mentorships an adviser takes on, one if nothing was set, and how many are taken."""

    adviser: UUID
    capacity: int
    taken: int


async def set_capacity(tx: Tx, member: UUID, command: SetCapacity) -> AdviserCapacity:
    """Set an adviser's capacity; mentorships beyond a lower one stay. Raises `NotFound`."""
    await members.lock_members(tx, [member])
    await tx.execute(
        "INSERT INTO adviser (member, capacity) VALUES ($1, $2)"
        " ON CONFLICT (member) DO UPDATE SET capacity = excluded.capacity",
        member,
        command.capacity,
    )
    return AdviserCapacity(adviser=member, capacity=command.capacity, taken=await _count_taken(tx, member))


async def require_capacity(tx: Tx, member: UUID) -> None:
    """Lock the adviser; raises `Refused` without free capacity.

    Lock the request before, so that all who need both locks take them in the same order.
    """
    await tx.execute("INSERT INTO adviser (member) VALUES ($1) ON CONFLICT (member) DO NOTHING", member)
    capacity = await tx.fetchval("SELECT capacity FROM adviser WHERE member = $1 FOR UPDATE", member)
    if await _count_taken(tx, member) >= capacity:
        raise Refused("capacity-reached", "The adviser has no capacity left.")


async def _count_taken(tx: Tx, member: UUID) -> int:
    return int(
        await tx.fetchval(f"SELECT count(*) FROM request WHERE adviser = $1 AND {HAS_ADVISER}", member)
    )

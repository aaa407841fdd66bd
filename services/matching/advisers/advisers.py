"""Advisers' capacity: how many mentorships one takes on at a time."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.matching.advisers import availability
from services.matching.replicas import members
from shared.access.principal import Principal
from shared.contracts.model import Contract
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


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


async def set_capacity(tx: Tx, asker: Principal, member: UUID, command: SetCapacity) -> AdviserCapacity:
    """Set one's own capacity; mentorships beyond a lower one stay, what else is asked lapses. Raises `NotFound`, for
    anybody else's too."""
    if member != asker.member:
        raise members.unknown_member()
    await members.lock_members(tx, [member])
    await tx.execute(
        "INSERT INTO adviser (member, capacity) VALUES ($1, $2)"
        " ON CONFLICT (member) DO UPDATE SET capacity = excluded.capacity",
        member,
        command.capacity,
    )
    await availability.queue_check(tx, [member])
    taken = await availability.count_taken(tx, member)
    return AdviserCapacity(adviser=member, capacity=command.capacity, taken=taken)


async def read_capacity(tx: Tx, member: UUID) -> AdviserCapacity:
    """How many mentorships a member takes on, and how many are taken."""
    capacity = await tx.fetchval("SELECT capacity FROM adviser WHERE member = $1", member)
    taken = await availability.count_taken(tx, member)
    return AdviserCapacity(adviser=member, capacity=1 if capacity is None else capacity, taken=taken)

"""Advisers' places: how many mentorships one takes on at a time, checked under the adviser's lock."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.matching.replicas import members
from shared.contracts.model import Contract
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command

TAKEN = "state IN ('accepted', 'agreed')"


def _whole(value: object) -> object:
    """8.0 is a whole number in JSON; "8" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Offer(Command):
    """How many mentorships an adviser takes on at a time; 0 is a pause."""

    capacity: Annotated[int, Field(ge=0, le=20, strict=True), BeforeValidator(_whole)]


class Places(Contract):
    """An adviser's places, and how many of them are taken. Without a word of the adviser's it is one place."""

    adviser: UUID
    capacity: int
    taken: int


async def offer(tx: Tx, member: UUID, command: Offer) -> Places:
    """Set an adviser's places; what is taken already stays. Raises `NotFound`."""
    await members.hold(tx, [member])
    await tx.execute(
        "INSERT INTO adviser (member, capacity) VALUES ($1, $2)"
        " ON CONFLICT (member) DO UPDATE SET capacity = excluded.capacity",
        member,
        command.capacity,
    )
    return Places(adviser=member, capacity=command.capacity, taken=await _taken(tx, member))


async def require_place(tx: Tx, member: UUID) -> None:
    """Lock the adviser and count: one place must be free. Raises `Refused`.

    The request is locked before, so that all who need both locks take them in the same order.
    """
    await tx.execute("INSERT INTO adviser (member) VALUES ($1) ON CONFLICT (member) DO NOTHING", member)
    capacity = await tx.fetchval("SELECT capacity FROM adviser WHERE member = $1 FOR UPDATE", member)
    if await _taken(tx, member) >= capacity:
        raise Refused("capacity-reached", "The adviser has no place left.")


async def _taken(tx: Tx, member: UUID) -> int:
    return int(await tx.fetchval(f"SELECT count(*) FROM request WHERE adviser = $1 AND {TAKEN}", member))

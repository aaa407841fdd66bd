"""Regional desks: the contact persons who broker advisers for a region, and their deputies."""

from uuid import UUID

from pydantic import Field

from services.matching import regions
from services.matching.replicas import members
from services.matching.requests import announcements, routing
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class StaffDesk(Command):
    """Who sits at a desk."""

    contacts: list[UUID] = Field(min_length=1, max_length=20)
    deputies: list[UUID] = Field(default=[], max_length=20)


class Desk(Contract):
    """A region's desk as it is now. Without contact persons, after an erasure, the deputies are on duty."""

    region: Slug
    contacts: tuple[UUID, ...]
    deputies: tuple[UUID, ...]


async def staff_desk(tx: Tx, region: Slug, command: StaffDesk) -> Desk:
    """Open a desk or change who sits at it, and route its open requests to them.

    Raises `NotFound` for a region outside the vocabulary, and for a member who isn't known.
    """
    regions.region_path(region)
    await members.lock_members(tx, [*command.contacts, *command.deputies])
    await tx.execute(
        "INSERT INTO desk (region, contacts, deputies) VALUES ($1, $2, $3)"
        " ON CONFLICT (region) DO UPDATE SET (contacts, deputies) = (excluded.contacts, excluded.deputies)",
        region,
        list(dict.fromkeys(command.contacts)),
        list(dict.fromkeys(command.deputies)),
    )
    await announcements.announce_changes(tx, await routing.hand_over_requests(tx, region))
    return await read_desk(tx, region)


async def read_desk(tx: Tx, region: Slug) -> Desk:
    """The desk of a region. Raises `NotFound`."""
    row = await tx.fetchrow("SELECT region, contacts, deputies FROM desk WHERE region = $1", region)
    if row is None:
        raise NotFound("desk-unknown", "This region has no desk.")
    return Desk.model_validate(dict(row))


async def is_at_desk(tx: Tx, region: Slug, member: UUID) -> bool:
    """Whether the member sits at the desk, as contact person or deputy."""
    return bool(
        await tx.fetchval(
            "SELECT $2 = ANY(contacts) OR $2 = ANY(deputies) FROM desk WHERE region = $1", region, member
        )
    )

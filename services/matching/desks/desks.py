"""Regional desks: the contact persons who broker advisers for a region, and their deputies."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from services.matching import regions
from services.matching.replicas import members
from services.matching.requests import announcements, routing
from shared.access.principal import Principal
from shared.contracts.members import MandateRole
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class StaffDesk(Command):
    """Who sits at a desk."""

    contacts: list[UUID] = Field(min_length=1, max_length=20)
    deputies: list[UUID] = Field(default=[], max_length=20)


class GiveDesk(Command):
    """The organisation whose coordinators staff a desk from now on."""

    organisation: Slug


class ChangeSeat(Command):
    """Somebody gets a seat at a desk, or another one, or loses it."""

    member: UUID
    act: Literal["contact", "deputy", "remove"]


class Desk(Contract):
    """A region's desk as it is now. Without contact persons, new or after an erasure, the deputies are on duty, and
    without these the wider desk. Without an organisation operators staff it."""

    region: Slug
    organisation: Slug | None
    contacts: tuple[UUID, ...]
    deputies: tuple[UUID, ...]


async def staff_desk(tx: Tx, asker: Principal, region: Slug, command: StaffDesk) -> Desk:
    """Change who sits at a desk, and route its open requests to them; operators open it if there is none.

    Raises `NotFound` for a region outside the vocabulary, a member who isn't known, and a desk that isn't open, and
    `Forbidden` for coordinators of another organisation.
    """
    regions.region_path(region)
    if not asker.is_operator:
        await read_staffed_by(tx, asker, region)
    await members.lock_members(tx, [*command.contacts, *command.deputies])
    if not asker.is_operator:
        asker.require_coordinator(await _lock_organisation(tx, region))
    await tx.execute(
        "INSERT INTO desk (region, contacts, deputies) VALUES ($1, $2, $3)"
        " ON CONFLICT (region) DO UPDATE SET (contacts, deputies) = (excluded.contacts, excluded.deputies)",
        region,
        list(dict.fromkeys(command.contacts)),
        list(dict.fromkeys(command.deputies)),
    )
    await announcements.announce_changes(tx, await routing.hand_over_requests(tx, region))
    return await read_desk(tx, region)


async def change_seat(tx: Tx, asker: Principal, region: Slug, command: ChangeSeat) -> Desk:
    """Give somebody a seat at the desk, or take it. Raises as `staff_desk`, and `Refused` if no contact person is
    left."""
    desk = await read_staffed_by(tx, asker, region)
    seats = {
        "contact": [each for each in desk.contacts if each != command.member],
        "deputy": [each for each in desk.deputies if each != command.member],
    }
    if command.act != "remove":
        seats[command.act].append(command.member)
    if not seats["contact"]:
        raise Refused("desk-empty", "A desk needs a contact person.")
    staff = StaffDesk(contacts=seats["contact"], deputies=seats["deputy"])
    return await staff_desk(tx, asker, region, staff)


async def list_staffed_by(tx: Tx, asker: Principal) -> list[Desk]:
    """The desks that the asker staffs; there are as many as regions at most."""
    rows = await tx.fetch(
        "SELECT region, organisation, contacts, deputies FROM desk WHERE $1 OR organisation = ANY($2) ORDER BY region",
        asker.is_operator,
        list(asker.organisations(MandateRole.COORDINATOR)),
    )
    return [Desk.model_validate(dict(row)) for row in rows]


async def read_staffed_by(tx: Tx, asker: Principal, region: Slug) -> Desk:
    """A desk that the asker staffs. Raises `NotFound`, and `Forbidden` for another organisation's."""
    desk = await read_desk(tx, region)
    if not asker.is_operator:
        asker.require_coordinator(desk.organisation or "")
    return desk


async def give_desk(tx: Tx, region: Slug, command: GiveDesk) -> Desk:
    """Give a desk to an organisation; it opens, with nobody at it, if there is none. Raises `NotFound`."""
    regions.region_path(region)
    await tx.execute(
        "INSERT INTO desk (region, contacts, deputies, organisation) VALUES ($1, '{}', '{}', $2)"
        " ON CONFLICT (region) DO UPDATE SET organisation = excluded.organisation",
        region,
        command.organisation,
    )
    return await read_desk(tx, region)


async def read_desk(tx: Tx, region: Slug) -> Desk:
    """The desk of a region. Raises `NotFound`."""
    row = await tx.fetchrow(
        "SELECT region, organisation, contacts, deputies FROM desk WHERE region = $1", region
    )
    if row is None:
        raise _unknown_desk()
    return Desk.model_validate(dict(row))


async def _lock_organisation(tx: Tx, region: Slug) -> str:
    """Whose desk it is, "" for nobody's."""
    row = await tx.fetchrow("SELECT organisation FROM desk WHERE region = $1 FOR UPDATE", region)
    if row is None:
        raise _unknown_desk()
    return row["organisation"] or ""


def _unknown_desk() -> NotFound:
    return NotFound("desk-unknown", "This region has no desk.")

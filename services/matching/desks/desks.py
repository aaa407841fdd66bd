"""Regional desks: the contact persons who broker advisers for a region, and their deputies."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from services.matching import regions
from services.matching.replicas import members
from services.matching.requests import announcements
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class Staff(Command):
    """Who sits at a desk."""

    contacts: list[UUID] = Field(min_length=1, max_length=20)
    deputies: list[UUID] = Field(default=[], max_length=20)


class Desk(Contract):
    """A region's desk as it is now. Without contact persons, after an erasure, the deputies are on duty."""

    region: Slug
    contacts: tuple[UUID, ...]
    deputies: tuple[UUID, ...]


async def staff(tx: Tx, region: Slug, command: Staff) -> Desk:
    """Open a desk or change who sits at it; its open requests go over to them.

    Raises `NotFound` for a region outside the vocabulary, and for a member who isn't known.
    """
    regions.path(region)
    await members.hold(tx, [*command.contacts, *command.deputies])
    await tx.execute(
        "INSERT INTO desk (region, contacts, deputies) VALUES ($1, $2, $3)"
        " ON CONFLICT (region) DO UPDATE SET (contacts, deputies) = (excluded.contacts, excluded.deputies)",
        region,
        list(dict.fromkeys(command.contacts)),
        list(dict.fromkeys(command.deputies)),
    )
    await announcements.announce(tx, await hand_over(tx, region))
    return await read(tx, region)


async def read(tx: Tx, region: Slug) -> Desk:
    """The desk of a region. Raises `NotFound`."""
    row = await tx.fetchrow("SELECT region, contacts, deputies FROM desk WHERE region = $1", region)
    if row is None:
        raise NotFound("desk-unknown", "This region has no desk.")
    return Desk.model_validate(dict(row))


async def responsible(tx: Tx, region: Slug) -> tuple[Slug, list[UUID]]:
    """The nearest desk, of the region or of a wider one, with those on duty; it can't change while `tx` lasts.

    Raises `NotFound` for a region outside the vocabulary, `Refused` if no desk answers for it.
    """
    nearest = await _nearest(tx, region)
    if nearest is None:
        raise Refused("desk-missing", "No desk answers for this region yet.")
    return nearest


async def is_staff(tx: Tx, region: Slug, member: UUID) -> bool:
    """Whether the member sits at the desk, as contact person or deputy."""
    return bool(
        await tx.fetchval(
            "SELECT $2 = ANY(contacts) OR $2 = ANY(deputies) FROM desk WHERE region = $1", region, member
        )
    )


async def hand_over(tx: Tx, region: Slug) -> dict[UUID, str]:
    """Give the open requests of the desk, and those of its region that a wider desk had, to those on duty.

    Where nobody is left at it, the nearest wider desk gets them. What is to be announced: types by request.
    """
    desk, contacts = await _nearest(tx, region) or (region, [])
    rows = await tx.fetch(
        """
        WITH changed AS MATERIALIZED (
            SELECT request FROM request
            WHERE (desk = $1 OR region = $1) AND state IN ('requested', 'proposed')
              AND (contacts, desk) IS DISTINCT FROM ($3::uuid[], $2::text)
            ORDER BY request FOR UPDATE)
        UPDATE request SET contacts = $3, desk = $2 FROM changed WHERE request.request = changed.request
        RETURNING request.request, request.state""",
        region,
        desk,
        contacts,
    )
    return {row["request"]: announcements.TYPES[row["state"]] for row in rows}


async def lock_those_of(tx: Tx, members: Sequence[UUID]) -> None:
    """Lock the desks at which these members sit, and the wider ones that would take their requests over."""
    rows = await tx.fetch(
        "SELECT region FROM desk WHERE contacts && $1::uuid[] OR deputies && $1::uuid[]", members
    )
    wanted = {wider for row in rows for wider in regions.path(row["region"])}
    await tx.execute("SELECT FROM desk WHERE region = ANY($1) ORDER BY region FOR UPDATE", list(wanted))


async def _nearest(tx: Tx, region: Slug) -> tuple[Slug, list[UUID]] | None:
    row = await tx.fetchrow(
        "SELECT region, CASE WHEN contacts = '{}' THEN deputies ELSE contacts END AS on_duty FROM desk"
        " WHERE region = ANY($1) AND (contacts <> '{}' OR deputies <> '{}')"
        " ORDER BY array_position($1, region) LIMIT 1 FOR SHARE",
        list(regions.path(region)),
    )
    return (row["region"], row["on_duty"]) if row else None

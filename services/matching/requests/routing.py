"""Which desk a request lies at: the nearest one that is staffed, of its region or of a wider one."""

from collections.abc import Sequence
from uuid import UUID

from services.matching import regions
from services.matching.requests import announcements
from shared.contracts.model import Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx


async def responsible(tx: Tx, region: Slug) -> tuple[Slug, list[UUID]]:
    """The nearest desk, of the region or of a wider one, with those on duty; it can't change while `tx` lasts.

    Raises `NotFound` for a region outside the vocabulary, `Refused` if no desk answers for it.
    """
    nearest = await _nearest(tx, region)
    if nearest is None:
        raise Refused("desk-missing", "No desk answers for this region yet.")
    return nearest


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

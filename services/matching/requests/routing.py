"""Routing: a request lies at the nearest desk that is staffed, its region's or that of a wider one."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.matching import regions
from services.matching.requests import announcements
from shared.contracts.model import Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "handing over"
PAGE = 500


class StaffedDesk(NamedTuple):
    """The desk of `region`; `on_duty` are its contact persons, or its deputies if it has none."""

    region: Slug
    on_duty: list[UUID]


async def require_desk(tx: Tx, region: Slug) -> StaffedDesk:
    """The nearest staffed desk, of the region or of a wider one, locked against changes while `tx` lasts.

    Raises `NotFound` for a region outside the vocabulary, `Refused` if no desk answers for it.
    """
    nearest = await _find_nearest_desk(tx, region)
    if nearest is None:
        raise Refused("desk-missing", "No desk answers for this region yet.")
    return nearest


async def hand_over_requests(tx: Tx, region: Slug) -> dict[UUID, str]:
    """Route a page of the desk's open requests again, and of those of its region that lie at a wider one.

    Without anyone left at any desk they have no contact persons. Returns the requests that changed, with the
    message type by which each is to be published. Where there are more, the worker goes on.
    """
    desk = await _find_nearest_desk(tx, region) or StaffedDesk(region, [])
    rows = await tx.fetch(
        """
        WITH changed AS MATERIALIZED (
            SELECT request FROM request
            WHERE (desk = $1 OR region = $1) AND state IN ('requested', 'proposed')
              AND (contacts, desk) IS DISTINCT FROM ($3::uuid[], $2::text)
            ORDER BY request LIMIT $4 FOR UPDATE)
        UPDATE request SET contacts = $3, desk = $2 FROM changed WHERE request.request = changed.request
        RETURNING request.request, request.state""",
        region,
        desk.region,
        desk.on_duty,
        PAGE,
    )
    await _note_rest(tx, region, has_more=len(rows) == PAGE)
    return {row["request"]: announcements.TYPE_OF_STATE[row["state"]] for row in rows}


async def find_handing_over(tx: Tx) -> Sequence[str]:
    """A desk of which more requests are to be routed again, if there is one."""
    rows = await tx.fetch(
        f"SELECT region FROM handing_over WHERE {can_begin(WORKER, 'region')}"
        " ORDER BY region LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["region"] for row in rows]


async def continue_hand_over(tx: Tx, desks: Sequence[str]) -> None:
    """Route the next requests of these desks again, and publish them."""
    for region in desks:
        await announcements.announce_changes(tx, await hand_over_requests(tx, region))


async def _note_rest(tx: Tx, region: Slug, *, has_more: bool) -> None:
    """Locked last of all, so that nothing deadlocks."""
    if has_more:
        await tx.execute("INSERT INTO handing_over (region) VALUES ($1) ON CONFLICT DO NOTHING", region)
    else:
        await tx.execute("DELETE FROM handing_over WHERE region = $1", region)


async def lock_desks_of(tx: Tx, members: Sequence[UUID]) -> None:
    """Lock the desks at which these members sit, and the wider ones that would take their requests over."""
    rows = await tx.fetch(
        "SELECT region FROM desk WHERE contacts && $1::uuid[] OR deputies && $1::uuid[]", members
    )
    affected = {wider for row in rows for wider in regions.region_path(row["region"])}
    await tx.execute("SELECT FROM desk WHERE region = ANY($1) ORDER BY region FOR UPDATE", list(affected))


async def _find_nearest_desk(tx: Tx, region: Slug) -> StaffedDesk | None:
    row = await tx.fetchrow(
        "SELECT region, CASE WHEN contacts = '{}' THEN deputies ELSE contacts END AS on_duty FROM desk"
        " WHERE region = ANY($1) AND (contacts <> '{}' OR deputies <> '{}')"
        " ORDER BY array_position($1, region) LIMIT 1 FOR SHARE",
        list(regions.region_path(region)),
    )
    return StaffedDesk(**row) if row else None

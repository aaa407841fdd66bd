"""Seats: the desks at which a member sits, as contact person or deputy, and the requests that lie there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.matching.requests import requests
from shared.access.principal import Principal
from shared.contracts.model import Slug
from shared.postgres.pool import Tx


async def is_at_desk(tx: Tx, region: Slug, member: UUID) -> bool:
    """Whether the member sits at the desk."""
    return bool(
        await tx.fetchval(
            "SELECT $2 = ANY(contacts) OR $2 = ANY(deputies) FROM desk WHERE region = $1", region, member
        )
    )


async def list_desks(tx: Tx, member: UUID) -> Sequence[Slug]:
    """The regions at whose desks the member sits."""
    rows = await tx.fetch(
        "SELECT region FROM desk WHERE $1 = ANY(contacts) OR $1 = ANY(deputies) ORDER BY region", member
    )
    return [row["region"] for row in rows]


async def read_at_desk(tx: Tx, asker: Principal, request: UUID) -> Mapping[str, Any]:
    """The row of a request at a desk where the asker sits. Raises `NotFound`."""
    return await _require_at_desk(tx, asker, await requests.read_row(tx, request))


async def lock_at_desk(tx: Tx, asker: Principal, request: UUID) -> Mapping[str, Any]:
    """The same, locked. Raises `NotFound`."""
    return await _require_at_desk(tx, asker, await requests.lock_request(tx, request))


async def _require_at_desk(tx: Tx, asker: Principal, row: Mapping[str, Any]) -> Mapping[str, Any]:
    if not await is_at_desk(tx, row["desk"], asker.require_member()):
        raise requests.unknown_request()
    return row

"""The offers that an organisation hosts, drafts among them."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from services.events.offers import offers
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import LifecycleState
from shared.access.principal import Principal
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest

COUNTED = 1000
_HOSTED = "co_hosts || organisation @> ARRAY[$1::text]"
_PAGE = f"""
SELECT offer, title, title_language, state, starts_at, timezone, organisation, places, registered, waiting FROM offer
WHERE {_HOSTED} AND ($2::text IS NULL OR state = $2)
  AND ($3::uuid IS NULL OR (starts_at, offer) < (SELECT f.starts_at, f.offer FROM offer f WHERE f.offer = $3))
ORDER BY starts_at DESC, offer DESC LIMIT $4"""
_COUNTS = f"""
SELECT state, count(*) AS offers FROM (SELECT state FROM offer WHERE {_HOSTED} LIMIT $2) AS hosted GROUP BY state"""


class HostedOffers(NamedTuple):
    """A page of them, the last to begin first, and how many there are in each state, of the first COUNTED."""

    page: Page[Mapping[str, Any]]
    counts: Mapping[LifecycleState, int]


def require_host(asker: Principal, organisation: str) -> None:
    """Raises `NotFound` unless the asker coordinates this organisation."""
    if not asker.coordinates(organisation):
        raise NotFound("organisation-unknown", "There is no such organisation, or it isn't yours.")


async def list_hosted(
    tx: Tx, asker: Principal, organisation: str, state: LifecycleState | None, paging: PageRequest
) -> HostedOffers:
    """What an organisation of the asker's hosts, in one state or in any. Raises `NotFound`."""
    require_host(asker, organisation)
    [after] = paging.cursor_parts(UUID)
    rows = await tx.fetch(_PAGE, organisation, state, after, paging.limit + 1)
    counted = await tx.fetch(_COUNTS, organisation, COUNTED)
    page = paging.build_page([_build_entry(row) for row in rows], [[row["offer"]] for row in rows])
    return HostedOffers(page, {LifecycleState(row["state"]): row["offers"] for row in counted})


async def read_hosted_by(tx: Tx, asker: Principal, organisation: str, offer: UUID) -> StoredOffer:
    """One offer that an organisation of the asker's hosts. Raises `NotFound`."""
    require_host(asker, organisation)
    stored = await offers.read_hosted(tx, asker, offer)
    if organisation not in stored.hosts:
        raise NotFound("offer-unknown", "No offer of this organisation is known by this.")
    return stored


def _build_entry(row: asyncpg.Record) -> Mapping[str, Any]:
    return dict(row) | {"begins": row["starts_at"].astimezone(ZoneInfo(row["timezone"]))}

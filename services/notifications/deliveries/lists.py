"""The delivery log on pages: of an organisation, or what didn't go out anywhere; the newest first, without texts."""

from uuid import UUID

import asyncpg

from services.notifications.deliveries.entries import COLUMNS, DeliveryEntry, DeliveryState
from shared.access.principal import Principal
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import LARGEST, Page, PageRequest

# What an operator looks at, in the order of how much it needs one.
TROUBLED = (DeliveryState.FAILED, DeliveryState.HELD, DeliveryState.UNDELIVERABLE)
COUNTED = 1000
_LIST = f"""
SELECT {COLUMNS}, place FROM delivery WHERE organisation = $1 AND place < $2 ORDER BY place DESC LIMIT $3"""
_LIST_STATE = f"""
SELECT {COLUMNS}, place FROM delivery
WHERE organisation = $1 AND state = $4 AND place < $2 ORDER BY place DESC LIMIT $3"""
_COUNT_FAILED = f"""
SELECT count(*) FROM (
    SELECT FROM delivery WHERE organisation = $1 AND state = 'failed' LIMIT {COUNTED}) AS failed"""


async def list_of_organisation(
    tx: Tx, asker: Principal, organisation: str, state: DeliveryState | None, paging: PageRequest
) -> Page[DeliveryEntry]:
    """What goes out in the name of an organisation of the asker's, in one state or in any. Raises `NotFound`."""
    if not asker.coordinates(organisation):
        raise NotFound("organisation-unknown", "There is no such organisation, or it isn't yours.")
    before = _read_place(paging)
    limits = (organisation, before, paging.limit + 1)
    rows = await (tx.fetch(_LIST_STATE, *limits, state) if state else tx.fetch(_LIST, *limits))
    return _build_page(rows, paging)


async def count_failed(tx: Tx, organisation: str) -> int:
    """How many of an organisation's have failed, at most COUNTED."""
    return int(await tx.fetchval(_COUNT_FAILED, organisation))


async def list_troubled(tx: Tx, state: DeliveryState, paging: PageRequest) -> Page[DeliveryEntry]:
    """What is in one of the states TROUBLED, whosesoever it is."""
    assert state in TROUBLED, state
    # The state stands in the text, so that the index of these states alone is found whatever the plan.
    rows = await tx.fetch(
        f"SELECT {COLUMNS}, place FROM delivery WHERE state = '{state.value}' AND place < $1"
        " ORDER BY place DESC LIMIT $2",
        _read_place(paging),
        paging.limit + 1,
    )
    return _build_page(rows, paging)


async def count_troubled(tx: Tx) -> dict[DeliveryState, int]:
    """How many are in each of the states TROUBLED, at most COUNTED of each."""
    return {
        state: int(
            await tx.fetchval(
                f"SELECT count(*) FROM (SELECT FROM delivery WHERE state = '{state.value}' LIMIT {COUNTED}) AS one"
            )
        )
        for state in TROUBLED
    }


async def name_recipients(tx: Tx, members: list[UUID]) -> dict[UUID, str]:
    """The names of those of these members who are known here."""
    rows = await tx.fetch(
        "SELECT member, trim(given_name || ' ' || family_name) AS name FROM recipient WHERE member = ANY($1)",
        members,
    )
    return {row["member"]: row["name"] for row in rows}


def _read_place(paging: PageRequest) -> int:
    [place] = paging.cursor_parts(int)
    return LARGEST if place is None else place


def _build_page(rows: list[asyncpg.Record], paging: PageRequest) -> Page[DeliveryEntry]:
    entries = [DeliveryEntry.model_validate(dict(row)) for row in rows]
    return paging.build_page(entries, [[row["place"]] for row in rows])

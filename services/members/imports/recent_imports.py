"""The lists that an organisation brought last."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.members.imports.imports import ImportState
from services.members.imports.mappings import ListMapping
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest

# What nobody corrected for so long isn't called unfinished any more.
FAULTY_FOR = timedelta(days=14)
MOST = 5

_COUNTED = "joined, affiliated, changed, suggested, unchanged, erased, bad"
_SELECT = f"SELECT import, state, dry_run, rows, {_COUNTED}, brought_at FROM import"


class RecentImport(NamedTuple):
    """A list, and how far it is."""

    id: UUID
    state: ImportState
    dry_run: bool
    rows: int
    joined: int
    affiliated: int
    changed: int
    suggested: int
    unchanged: int
    erased: int
    bad: int
    brought_at: datetime

    @property
    def left(self) -> int:
        """Rows that nobody has worked on yet."""
        taken = self.joined + self.affiliated + self.changed + self.suggested + self.unchanged
        return self.rows - taken - self.erased - self.bad

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.state in (ImportState.WAITING, ImportState.RUNNING)


async def list_imports(tx: Tx, organisation: Slug, paging: PageRequest) -> Page[RecentImport]:
    """The lists of an organisation, the newest first."""
    rows = await tx.fetch(
        f"{_SELECT} WHERE organisation = $1 AND ($2::uuid IS NULL OR import < $2) ORDER BY import DESC LIMIT $3",
        organisation,
        paging.cursor_parts(UUID)[0],
        paging.limit + 1,
    )
    found = [_read_row(row) for row in rows]
    return paging.build_page(found, [[each.id] for each in found])


async def list_running(tx: Tx, organisation: Slug) -> Sequence[RecentImport]:
    """The next lists that go on: few do at a time, of all organisations."""
    rows = await tx.fetch(
        f"{_SELECT} WHERE organisation = $1 AND state IN ('waiting', 'running') ORDER BY brought_at, import LIMIT $2",
        organisation,
        MOST,
    )
    return [_read_row(row) for row in rows]


async def list_faulty(tx: Tx, organisation: Slug) -> Sequence[RecentImport]:
    """Of the last lists those with rows that couldn't be taken; of previews nothing was to be taken."""
    rows = await tx.fetch(
        f"""
        SELECT * FROM ({_SELECT} WHERE organisation = $1 ORDER BY import DESC LIMIT $2) newest
        WHERE bad > 0 AND NOT dry_run AND state IN ('done', 'failed') AND brought_at > now() - $3::interval""",
        organisation,
        MOST,
        FAULTY_FOR,
    )
    return [_read_row(row) for row in rows]


async def find_last_mapping(tx: Tx, organisation: Slug) -> ListMapping | None:
    """How the organisation's last list was read."""
    mapping = await tx.fetchval(
        "SELECT mapping FROM import WHERE organisation = $1 ORDER BY import DESC LIMIT 1", organisation
    )
    return None if mapping is None else ListMapping.model_validate(mapping)


async def find_mapping(tx: Tx, which: UUID) -> ListMapping | None:
    """How this list was read."""
    mapping = await tx.fetchval("SELECT mapping FROM import WHERE import = $1", which)
    return None if mapping is None else ListMapping.model_validate(mapping)


def _read_row(row: asyncpg.Record) -> RecentImport:
    which, state, *values = row
    return RecentImport(which, ImportState(state), *values)

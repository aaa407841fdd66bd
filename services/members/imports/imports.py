"""Imports: lists that offices uploaded, what became of their rows, and why some are bad."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from services.members.imports.layouts import ListLayout
from services.members.imports.mappings import ListMapping
from services.members.imports.reasons import REASONS
from shared.access.principal import Principal
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class ImportState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Import(Contract):
    """An import as it stands: rows = joined + affiliated + changed + suggested + unchanged + erased + bad + those that
    aren't worked on yet."""

    import_: UUID = Field(alias="import")
    organisation: Slug
    dry_run: bool
    state: ImportState
    layout: ListLayout | None = Field(None, description="how the list was understood")
    rows: int
    done: int = Field(description="rows that were worked on")
    joined: int = Field(description="rows that made a new member")
    affiliated: int = Field(description="rows that gave a known member an affiliation")
    changed: int = Field(
        0, description="rows that changed what is known of a member, and gave no affiliation"
    )
    suggested: int = Field(0, description="rows that only suggested something to a member")
    unchanged: int = Field(description="rows that said what was known")
    erased: int = Field(0, description="rows of whoever was erased, whom no list brings back; see problems")
    bad: int = Field(description="rows that could not be taken; see problems")
    brought_at: datetime
    seconds: float = Field(description="since work on it began, until its end")
    rows_per_second: float


class RowProblem(Contract):
    """Why one row wasn't taken. The value itself is not repeated."""

    line: int = Field(description="from 1, where a text editor shows the row's first line")
    reason: Slug
    detail: str = Field(description="the reason in words")
    column: str | None = Field(None, description="its header in the list, if it is about a single one")


async def read_import(tx: Tx, asker: Principal, which: UUID) -> Import:
    """How far an import of an organisation is that the asker coordinates. Raises `NotFound`."""
    row = await tx.fetchrow(
        """
        SELECT *, joined + affiliated + changed + suggested + unchanged + erased + bad AS done,
               coalesce(extract(epoch FROM coalesce(ended_at, clock_timestamp()) - started_at), 0)::float8 AS seconds
        FROM import WHERE import = $1""",
        which,
    )
    if row is None or not asker.coordinates(row["organisation"]):
        raise NotFound("import-unknown", "No import has this id.")
    pace = row["done"] / row["seconds"] if row["seconds"] else 0.0
    values = {**row, "seconds": round(row["seconds"], 3), "rows_per_second": round(pace, 1)}
    return Import.model_validate(values)


async def lock_unfinished(tx: Tx) -> list[tuple[UUID, ListMapping]]:
    """The imports whose rows are still stored; nobody works on them until this transaction ends."""
    rows = await tx.fetch(
        """
        SELECT import, mapping FROM import WHERE state IN ('waiting', 'running')
        ORDER BY brought_at, import FOR UPDATE"""
    )
    return [(row["import"], ListMapping.model_validate(row["mapping"])) for row in rows]


async def list_problems(tx: Tx, asker: Principal, which: UUID, paging: PageRequest) -> Page[RowProblem]:
    """The rows of an import that weren't taken, by their lines. Raises `NotFound`."""
    await read_import(tx, asker, which)
    rows = await tx.fetch(
        """
        SELECT line, reason, header AS column FROM import_problem
        WHERE import = $1 AND line > $2 ORDER BY line LIMIT $3""",
        which,
        paging.cursor_parts(int)[0] or 0,
        paging.limit + 1,
    )
    found = [RowProblem(**row, detail=REASONS.get(row["reason"], row["reason"])) for row in rows]
    return paging.build_page(found, [[problem.line] for problem in found])

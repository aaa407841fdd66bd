"""Imports: lists that offices uploaded, what became of their rows, and why some are bad."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import IO
from uuid import UUID

from pydantic import Field
from structlog.contextvars import get_contextvars
from uuid_utils.compat import uuid7

from services.members.imports import csv_reader
from services.members.imports.csv_reader import ListRow
from services.members.imports.mappings import ListMapping
from services.members.members import rules
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound, Refused, TooLarge
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest

CHUNK_ROWS = 500
MOST_ROWS = 200_000


class ImportState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class AcceptedUpload(Contract):
    """A list was taken; its rows are worked on soon."""

    import_: UUID = Field(alias="import")
    state: ImportState


class Import(Contract):
    """An import as it stands: rows = joined + affiliated + unchanged + bad + those not yet worked on."""

    import_: UUID = Field(alias="import")
    organisation: Slug
    dry_run: bool
    state: ImportState
    rows: int
    done: int = Field(description="rows that were worked on")
    joined: int = Field(description="rows that made a new member")
    affiliated: int = Field(description="rows that gave a known member an affiliation")
    unchanged: int = Field(description="rows that said what was known")
    bad: int = Field(description="rows that could not be taken; see problems")
    brought_at: datetime
    seconds: float = Field(description="since work on it began, until its end")
    rows_per_second: float


class RowProblem(Contract):
    """Why one row is bad. The value itself is not repeated."""

    line: int = Field(description="from 1 with the header, where a text editor shows the row's first line")
    reason: Slug
    column: str | None = Field(None, description="its header in the list, if it is about a single one")


async def accept_upload(tx: Tx, mapping: ListMapping, file: IO[bytes], dry_run: bool) -> AcceptedUpload:
    """Store a list; a worker goes through its rows afterwards.

    Raises `NotFound` for an unknown organisation or programme, `Refused` if the list lacks a column, `TooLarge`.
    """
    await _require_programme(tx, mapping)
    made = uuid7()
    await tx.execute(
        "INSERT INTO import (import, organisation, mapping, dry_run, correlation_id) VALUES ($1, $2, $3, $4, $5)",
        made,
        mapping.organisation,
        mapping.model_dump(mode="json"),
        dry_run,
        get_contextvars().get("correlation_id", str(made)),
    )
    rows = 0
    for number, chunk in enumerate(_split_chunks(csv_reader.read_rows(file, mapping))):
        rows += len(chunk)
        if rows > MOST_ROWS:
            raise TooLarge("list-too-long", f"The list has more than {MOST_ROWS} rows.")
        await tx.execute("INSERT INTO import_chunk VALUES ($1, $2, $3)", made, number, encode_chunk(chunk))
    await tx.execute("UPDATE import SET rows = $2 WHERE import = $1", made, rows)
    return AcceptedUpload(**{"import": made}, state=ImportState.WAITING)


async def read_import(tx: Tx, which: UUID) -> Import:
    """How far an import is. Raises `NotFound`."""
    row = await tx.fetchrow(
        """
        SELECT *, joined + affiliated + unchanged + bad AS done,
               coalesce(extract(epoch FROM coalesce(ended_at, clock_timestamp()) - started_at), 0)::float8 AS seconds
        FROM import WHERE import = $1""",
        which,
    )
    if row is None:
        raise NotFound("import-unknown", "No import has this id.")
    pace = row["done"] / row["seconds"] if row["seconds"] else 0.0
    values = {**row, "seconds": round(row["seconds"], 3), "rows_per_second": round(pace, 1)}
    return Import.model_validate(values)


async def lock_unfinished(tx: Tx) -> list[tuple[UUID, ListMapping]]:
    """The imports whose rows are still kept; nobody works on them until this transaction ends."""
    rows = await tx.fetch(
        """
        SELECT import, mapping FROM import WHERE state IN ('waiting', 'running')
        ORDER BY brought_at, import FOR UPDATE"""
    )
    return [(row["import"], ListMapping.model_validate(row["mapping"])) for row in rows]


async def erase_rows(tx: Tx, which: UUID, mapping: ListMapping, email_key: str) -> None:
    """Make the stored rows of this address bad ones, with nothing in them. The import must be locked."""
    position = mapping.fields.index("email")
    chunks = await tx.fetch("SELECT number, records FROM import_chunk WHERE import = $1", which)
    for number, stored in chunks:
        rows = decode_chunk(stored)
        left = [_erase_row(row, position, email_key) for row in rows]
        if left != rows:
            await tx.execute(
                "UPDATE import_chunk SET records = $3 WHERE import = $1 AND number = $2",
                which,
                number,
                encode_chunk(left),
            )


async def list_problems(tx: Tx, which: UUID, paging: PageRequest) -> Page[RowProblem]:
    """The bad rows of an import by their lines. Raises `NotFound`."""
    await read_import(tx, which)
    rows = await tx.fetch(
        """
        SELECT line, reason, header AS column FROM import_problem
        WHERE import = $1 AND line > $2 ORDER BY line LIMIT $3""",
        which,
        paging.cursor_parts(int)[0] or 0,
        paging.limit + 1,
    )
    found = [RowProblem(**row) for row in rows]
    return paging.build_page(found, [[problem.line] for problem in found])


def decode_chunk(chunk: bytes) -> list[ListRow]:
    """The rows of a stored chunk."""
    return [ListRow(*row) for row in json.loads(chunk)]


def encode_chunk(chunk: Sequence[ListRow]) -> bytes:
    """The rows as they are stored."""
    return json.dumps(chunk, separators=(",", ":")).encode("ascii")


def _erase_row(row: ListRow, position: int, email_key: str) -> ListRow:
    try:
        theirs = row.cells is not None and rules.email_key(row.cells[position]) == email_key
    except ValueError:
        theirs = False
    return ListRow(row.line, None, "erased") if theirs else row


def _split_chunks(rows: Iterable[ListRow]) -> Iterator[list[ListRow]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK_ROWS)):
        yield chunk


async def _require_programme(tx: Tx, mapping: ListMapping) -> None:
    known = await tx.fetchval(
        """
        SELECT $2::text IS NULL OR EXISTS (SELECT FROM programme p WHERE p.organisation = $1 AND p.programme = $2)
        FROM organisation WHERE organisation = $1""",
        mapping.organisation,
        mapping.programme,
    )
    if known is None:
        raise NotFound("organisation-unknown", "The mapping's organisation is not known here.")
    if not known:
        raise Refused("programme-unknown", "The mapping's programme is not one of its organisation's.")

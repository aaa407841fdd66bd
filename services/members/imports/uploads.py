"""Uploads: an office's list is taken, cut into chunks, and stored until a worker goes through them."""

import asyncio
from collections.abc import Iterator
from typing import IO
from uuid import UUID

from pydantic import Field
from structlog.contextvars import get_contextvars
from uuid_utils.compat import uuid7

from services.members.imports import chunks, csv_reader, layouts
from services.members.imports.chunks import Chunk
from services.members.imports.imports import ImportState
from services.members.imports.layouts import ListLayout
from services.members.imports.mappings import ListMapping
from shared.access.principal import Principal
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound, Refused, TookTooLong, TooLarge
from shared.postgres.pool import Tx

MOST_ROWS = 200_000
MOST_SECONDS = 120.0


class AcceptedUpload(Contract):
    """A list was taken; its rows are worked on soon."""

    import_: UUID = Field(alias="import")
    state: ImportState
    layout: ListLayout
    rows: int


async def accept_upload(
    tx: Tx, asker: Principal, mapping: ListMapping, file: IO[bytes], dry_run: bool
) -> AcceptedUpload:
    """Store a list; a worker goes through its rows afterwards.

    Raises `NotFound` for an unknown organisation or programme, `Forbidden` for an organisation that the asker doesn't
    coordinate, `Refused` for a list that can't be read, `TooLarge`,
    and `TookTooLong` where that isn't done after MOST_SECONDS.
    """
    asker.require_coordinator(mapping.organisation)
    await _require_programme(tx, mapping)
    made = uuid7()
    header = await asyncio.to_thread(layouts.find_header, file, mapping)
    await tx.execute(
        """
        INSERT INTO import (import, organisation, mapping, layout, dry_run, correlation_id)
        VALUES ($1, $2, $3, $4, $5, $6)""",
        made,
        mapping.organisation,
        mapping.model_dump(mode="json"),
        header.layout.model_dump(mode="json"),
        dry_run,
        get_contextvars().get("correlation_id", str(made)),
    )
    listed = csv_reader.read_rows(file, header, mapping)
    try:
        rows = await _insert_chunks(tx, made, chunks.encode_chunks(listed, mapping))
    except Refused:
        # In the middle of the file, which is closed soon.
        listed.close()
        raise
    await tx.execute("UPDATE import SET rows = $2 WHERE import = $1", made, rows)
    return AcceptedUpload(**{"import": made}, state=ImportState.WAITING, layout=header.layout, rows=rows)


async def _insert_chunks(tx: Tx, import_: UUID, encoded: Iterator[Chunk]) -> int:
    """Read and store one chunk after the other, so that never more than one is in memory; returns the rows."""
    deadline = asyncio.get_running_loop().time() + MOST_SECONDS
    rows = number = 0
    while (chunk := await asyncio.to_thread(next, encoded, None)) is not None:
        _require_time(deadline)
        rows += chunk.rows
        if rows > MOST_ROWS:
            raise TooLarge("list-too-long", f"The list has more than {MOST_ROWS} rows.")
        await chunks.insert_chunk(tx, import_, number, chunk)
        number += 1
    return rows


def _require_time(deadline: float) -> None:
    if asyncio.get_running_loop().time() > deadline:
        raise TookTooLong(
            "list-took-too-long",
            f"The list wasn't read within {MOST_SECONDS:g} seconds, as this service is busy. Nothing was stored."
            " Upload it again later, or in parts.",
        )


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

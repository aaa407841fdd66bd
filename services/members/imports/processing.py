"""Works on imports: one chunk of rows becomes members, affiliations and problems in one transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import structlog

from services.members.imports import imports
from services.members.imports.csv_reader import Record
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import BadRow, Office
from services.members.members import joining
from services.members.members.audience_ids import Identities
from services.members.members.joining import Join, Outcome, Standing
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)


class Claimed(NamedTuple):
    """An import that this transaction holds."""

    id: UUID
    mapping: ListMapping
    dry_run: bool
    correlation_id: str
    brought_at: datetime


class Sorted(NamedTuple):
    """A chunk's rows: those that can be taken, and those that can't, each with its line, reason and header."""

    commands: list[Join]
    problems: list[tuple[int, str, str | None]]


async def claim(tx: Tx) -> Claimed | None:
    """Hold the oldest unfinished import that nobody else holds."""
    row = await tx.fetchrow(
        """
        UPDATE import SET state = 'running', started_at = coalesce(started_at, now())
        WHERE import = (SELECT import FROM import WHERE state IN ('waiting', 'running')
                        ORDER BY brought_at, import LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING import, mapping, dry_run, correlation_id, brought_at"""
    )
    if row is None:
        return None
    which, mapping, dry_run, correlation_id, brought_at = row
    return Claimed(which, ListMapping.model_validate(mapping), dry_run, correlation_id, brought_at)


async def apply(tx: Tx, identities: Identities, claimed: Claimed) -> None:
    """Take the next chunk's good rows, note its bad ones, forget the chunk; after the last one the import is done."""
    records = await _next_chunk(tx, claimed)
    if records is None:
        await finish(tx, claimed, "done")
        return
    commands, problems = sort(await _office(tx, claimed), records)
    decisions = await joining.join_all(tx, identities, commands)
    await _report(tx, claimed, Counter(d.outcome for d in decisions), problems)


async def rehearse(tx: Tx, _identities: Identities, claimed: Claimed) -> None:
    """Find out what all chunks would do, one after the other, and keep only the report."""
    office, standing = await _office(tx, claimed), Standing()
    while (records := await _next_chunk(tx, claimed)) is not None:
        commands, problems = sort(office, records)
        decisions = await joining.foresee(tx, standing, commands)
        await _report(tx, claimed, Counter(d.outcome for d in decisions), problems)
    await finish(tx, claimed, "done")


async def finish(tx: Tx, claimed: Claimed, state: Literal["done", "failed"]) -> None:
    """The import ends; what is left of its list is forgotten."""
    await tx.execute("DELETE FROM import_chunk WHERE import = $1", claimed.id)
    await tx.execute(
        "UPDATE import SET state = $2, ended_at = clock_timestamp() WHERE import = $1", claimed.id, state
    )
    log.info("import.work.ended", id=str(claimed.id), state=state)


def sort(office: Office, records: Sequence[Record]) -> Sorted:
    """The rows' commands, and the problems of those that have none. Each row is in one of them."""
    found = Sorted([], [])
    for line, cells, fault, header in records:
        try:
            if cells is None:
                found.problems.append((line, fault or "columns", header))
            else:
                found.commands.append(office.read(cells))
        except BadRow as bad:
            found.problems.append((line, bad.reason, office.mapping.columns.get(bad.field)))
    return found


async def _next_chunk(tx: Tx, claimed: Claimed) -> list[Record] | None:
    chunk = await tx.fetchval(
        """
        DELETE FROM import_chunk WHERE (import, number) =
            (SELECT import, number FROM import_chunk WHERE import = $1 ORDER BY number LIMIT 1)
        RETURNING records""",
        claimed.id,
    )
    return None if chunk is None else imports.unpacked(chunk)


async def _office(tx: Tx, claimed: Claimed) -> Office:
    rows = await tx.fetch(
        "SELECT programme, name FROM programme WHERE organisation = $1 ORDER BY programme",
        claimed.mapping.organisation,
    )
    names = {row["name"].lower(): row["programme"] for row in rows}
    slugs = {row["programme"]: row["programme"] for row in rows}
    return Office(claimed.mapping, names | slugs, latest_cohort=claimed.brought_at.year)


async def _report(
    tx: Tx, claimed: Claimed, outcomes: Counter[Outcome], problems: Sequence[tuple[int, str, str | None]]
) -> None:
    if problems:
        await tx.copy_records_to_table(
            "import_problem",
            columns=("import", "line", "reason", "header"),
            records=[(claimed.id, *problem) for problem in problems],
        )
    await tx.execute(
        """
        UPDATE import SET joined = joined + $2, affiliated = affiliated + $3, unchanged = unchanged + $4,
                          bad = bad + $5
        WHERE import = $1""",
        claimed.id,
        outcomes[Outcome.JOINED],
        outcomes[Outcome.AFFILIATED],
        outcomes[Outcome.UNCHANGED],
        len(problems),
    )

"""Works on imports: one chunk of rows becomes members, affiliations and problems in one transaction."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple
from uuid import UUID

import structlog

from services.members.imports import chunks, plans
from services.members.imports.cells import fold
from services.members.imports.csv_reader import ListRow
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import BadRow, RowReader
from services.members.imports.unexpected import MOST_UNEXPECTED, Problem, RowTaker, describe_unexpected
from services.members.members import joining
from services.members.members.audience_ids import AudienceIds
from services.members.members.joining import JoinMember
from services.members.members.known_members import JoinOutcome
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

log = structlog.get_logger(__name__)

WORKER = "imports"
_REFUSED = (JoinOutcome.REFUSED, JoinOutcome.ERASED)
_COUNTED = (
    JoinOutcome.JOINED,
    JoinOutcome.AFFILIATED,
    JoinOutcome.CHANGED,
    JoinOutcome.SUGGESTED,
    JoinOutcome.UNCHANGED,
)


class ClaimedImport(NamedTuple):
    """An import that this transaction has locked."""

    id: UUID
    mapping: ListMapping
    dry_run: bool
    correlation_id: str
    brought_at: datetime
    restored: bool


class SortedRows(NamedTuple):
    """A chunk's rows: those that can be taken, with their lines, and those that can't, each with its line, reason
    and header."""

    commands: list[JoinMember]
    lines: list[int]
    problems: list[Problem]


async def find_unfinished(tx: Tx) -> Sequence[str]:
    """The oldest unfinished import that nobody else has locked, if there is one."""
    rows = await tx.fetch(
        f"""
        SELECT import::text AS which FROM import
        WHERE state IN ('waiting', 'running') AND {can_begin(WORKER, "import")}
        ORDER BY brought_at, import LIMIT 1 FOR UPDATE SKIP LOCKED"""
    )
    return [row["which"] for row in rows]


async def claim_import(tx: Tx, which: str) -> ClaimedImport | None:
    """Lock an unfinished import; None if it has ended, or somebody else has locked it."""
    row = await tx.fetchrow(
        """
        UPDATE import SET state = 'running', started_at = coalesce(started_at, now())
        WHERE import = (SELECT import FROM import WHERE import = $1 AND state IN ('waiting', 'running')
                        FOR UPDATE SKIP LOCKED)
        RETURNING import, mapping, dry_run, correlation_id, brought_at, restored""",
        UUID(which),
    )
    if row is None:
        return None
    import_, mapping, *rest = row
    return ClaimedImport(import_, ListMapping.model_validate(mapping), *rest)


async def process_chunk(tx: Tx, audience_ids: AudienceIds, claimed: ClaimedImport) -> None:
    """Take the next chunk's good rows, note its bad ones, delete it; after the last one the import is done.

    A dry run only finds out what would become of the rows.
    """
    content = await chunks.take_chunk(tx, claimed.id)
    if content is None:
        await _finish_import(tx, claimed.id, "done")
        return
    reader = await _load_reader(tx, claimed)
    commands, lines, problems = await asyncio.to_thread(_read_chunk, reader, content)
    taken = await RowTaker(partial(_take_rows, tx, audience_ids, claimed)).take_rows(tx, lines, commands)
    refused = [(line, outcome) for line, outcome in taken.outcomes if outcome in _REFUSED]
    problems += [(line, outcome, claimed.mapping.columns["email"]) for line, outcome in refused]
    counted = Counter(outcome for _, outcome in taken.outcomes)
    await _record_outcomes(tx, claimed, counted, [*problems, *taken.problems])


async def fail_import(tx: Tx, which: str, _error: str) -> None:
    """The import ends as failed."""
    await _finish_import(tx, UUID(which), "failed")


async def _take_rows(
    tx: Tx, audience_ids: AudienceIds, claimed: ClaimedImport, commands: Sequence[JoinMember]
) -> list[JoinOutcome]:
    if claimed.dry_run:
        return await plans.plan_joins(tx, audience_ids, claimed.id, commands)
    return [d.outcome for d in await joining.join_members(tx, audience_ids, commands)]


async def _finish_import(tx: Tx, which: UUID, state: Literal["done", "failed"]) -> None:
    """The import ends; what is left of its list is deleted."""
    await tx.execute("DELETE FROM import_chunk WHERE import = $1", which)
    await plans.delete_plan(tx, which)
    await tx.execute(
        "UPDATE import SET state = $2, ended_at = clock_timestamp() WHERE import = $1", which, state
    )
    log.info("import.work.ended", id=str(which), state=state)


def sort_rows(reader: RowReader, rows: Sequence[ListRow]) -> SortedRows:
    """The rows' commands, and the problems of those that have none. Each row is in one of them.

    Raises what nobody expects of a row where so many of them raise it that it is no longer about single ones.
    """
    found = SortedRows([], [], [])
    unexpected = 0
    for line, cells, fault, header in rows:
        try:
            if cells is None:
                found.problems.append((line, fault or "columns", header))
            else:
                found.commands.append(reader.read_row(cells, fault))
                found.lines.append(line)
        except BadRow as bad:
            found.problems.append((line, bad.reason, reader.mapping.columns.get(bad.field)))
        except BaseException as error:
            unexpected += 1
            if unexpected > MOST_UNEXPECTED:
                raise
            found.problems.append(describe_unexpected(line, error))
    return found


def _read_chunk(reader: RowReader, content: bytes) -> SortedRows:
    return sort_rows(reader, chunks.decode_rows(content))


async def _load_reader(tx: Tx, claimed: ClaimedImport) -> RowReader:
    rows = await tx.fetch(
        "SELECT programme, name FROM programme WHERE organisation = $1 ORDER BY programme",
        claimed.mapping.organisation,
    )
    names = {fold(row["name"]): row["programme"] for row in rows}
    slugs = {fold(row["programme"]): row["programme"] for row in rows}
    return RowReader(claimed.mapping, names | slugs, latest_cohort=claimed.brought_at.year)


async def _record_outcomes(
    tx: Tx,
    claimed: ClaimedImport,
    outcomes: Counter[JoinOutcome],
    problems: Sequence[Problem],
) -> None:
    if problems:
        await tx.copy_records_to_table(
            "import_problem",
            columns=("import", "line", "reason", "header"),
            records=[(claimed.id, *problem) for problem in problems],
        )
    erased = sum(reason == JoinOutcome.ERASED for _, reason, _ in problems)
    await tx.execute(
        """
        UPDATE import SET joined = joined + $2, affiliated = affiliated + $3, changed = changed + $4,
                          suggested = suggested + $5, unchanged = unchanged + $6, erased = erased + $7, bad = bad + $8
        WHERE import = $1""",
        claimed.id,
        *(outcomes[outcome] for outcome in _COUNTED),
        erased,
        len(problems) - erased,
    )

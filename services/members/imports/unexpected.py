"""Rows that raise what nobody expects: each is bad by itself, and the others of its chunk are taken."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

import structlog

from services.members.members.joining import JoinMember
from services.members.members.known_members import JoinOutcome
from shared.postgres.pool import Tx
from shared.postgres.transient import is_transient
from shared.stopping import is_told_to_stop

log = structlog.get_logger(__name__)

# Of one chunk. Where more rows raise, the list or this release is at fault, not a row.
MOST_UNEXPECTED = 20

# Its line, the reason, and the header of the column it is about.
Problem: TypeAlias = tuple[int, str, str | None]


class TakenRows(NamedTuple):
    """What became of a chunk's commands, with their lines."""

    outcomes: list[tuple[int, JoinOutcome]]
    problems: list[Problem]


def describe_unexpected(line: int, error: BaseException) -> Problem:
    """The row's problem; the log says which exception it was, and not its text, which may quote the row."""
    log.error("import.row.failed", line=line, error=type(error).__name__)
    return line, "unexpected", None


class RowTaker:
    """Takes the commands of one chunk by `take`, all at once or by halves."""

    def __init__(self, take: Callable[[Sequence[JoinMember]], Awaitable[list[JoinOutcome]]]) -> None:
        self._take = take
        self._taken = TakenRows([], [])

    async def take_rows(self, tx: Tx, lines: Sequence[int], commands: Sequence[JoinMember]) -> TakenRows:
        """Take all that can be taken. Raises what the database raises while it is away, and what the rows raise where
        it is no longer about single ones."""
        try:
            async with tx.transaction():
                outcomes = await self._take(commands)
        except BaseException as error:
            if not commands or is_told_to_stop(error) or is_transient(error) or self._is_too_much():
                raise
            await self._halve(tx, lines, commands, error)
        else:
            self._taken.outcomes.extend(zip(lines, outcomes, strict=True))
        return self._taken

    async def _halve(
        self, tx: Tx, lines: Sequence[int], commands: Sequence[JoinMember], error: BaseException
    ) -> None:
        if len(commands) > 1:
            middle = len(commands) // 2
            await self.take_rows(tx, lines[:middle], commands[:middle])
            await self.take_rows(tx, lines[middle:], commands[middle:])
        else:
            self._taken.problems.append(describe_unexpected(lines[0], error))

    def _is_too_much(self) -> bool:
        return len(self._taken.problems) >= MOST_UNEXPECTED

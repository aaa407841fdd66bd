"""What an item may raise between its claim and its end, and how tests let it."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from shared.postgres.pool import Pool
from shared.runtime.attempts import MOST_DELAYS
from shared.testing.waiting import eventually


class PanicException(BaseException):
    """What a library written in Rust raises is no Exception."""


RAISED: tuple[BaseException, ...] = (
    ValueError("kim@example.org"),
    UnicodeEncodeError("ascii", "é", 0, 1, "x"),
    LookupError(),
    AssertionError(),
    RecursionError(),
    MemoryError(),
    StopAsyncIteration(),
    SystemExit(3),
    PanicException(),
    asyncio.CancelledError(),
    asyncpg.DataError(),
    asyncpg.CheckViolationError(),
)
# Of these nobody can tell by the first time whether the item is at fault.
PASSING: tuple[BaseException, ...] = (OSError(), TimeoutError(), asyncpg.DeadlockDetectedError())


def names_of(errors: tuple[BaseException, ...]) -> list[str]:
    return sorted(type(error).__name__ for error in errors)


def raising(function: Callable[..., Any], find: Callable[..., BaseException | None]) -> Callable[..., Any]:
    """The function, unless `find` gives for its arguments what it shall raise."""

    def instead(*given: Any, **named: Any) -> Any:
        error = find(*given, **named)
        if error is not None:
            raise error
        return function(*given, **named)

    return instead


_IS_QUIET = """
SELECT NOT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL)"""


async def work_through(step: Callable[[Pool], Any], pool: Pool) -> None:
    """Let a worker do all it can, without waiting where it would."""
    for _ in range(MOST_DELAYS + 2):
        while await step(pool):
            await eventually(lambda: pool.fetchval(_IS_QUIET))
        # A session that was cut at a timeout holds its rows until the server has noticed.
        await eventually(lambda: pool.fetchval(_IS_QUIET))
        await pool.execute("UPDATE attempt SET until = now() WHERE failed_at IS NULL")

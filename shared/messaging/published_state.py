"""What a service declares of the aggregates whose state it publishes, so that it can be published again."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from shared.contracts.catalogue import Topic
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

Key: TypeAlias = Any
LockPage: TypeAlias = Callable[[Tx, Key | None, int], Awaitable[Sequence[Key]]]
BuildMessages: TypeAlias = Callable[[Tx, Sequence[Key]], Awaitable[Sequence[Outgoing]]]
FindPending: TypeAlias = Callable[[Tx, Sequence[Key]], Awaitable[Collection[str]]]


async def _find_none(tx: Tx, keys: Sequence[Key]) -> Collection[str]:
    return ()


@dataclass(frozen=True)
class PublishedState:
    """Aggregates of one kind, and the state topics they are published on.

    `lock_page` locks the next ones behind a key (None: the first), at most so many, against every change of what is
    published of them, and returns their keys in order. `build_messages` makes what announces them as they are.
    `find_pending` gives the topic's keys of those that are left out only because a message of theirs is due soon.
    """

    topics: tuple[Topic, ...]
    lock_page: LockPage
    build_messages: BuildMessages
    find_pending: FindPending = _find_none


def lock_rows_of(table: str) -> LockPage:
    """Locks the rows of a table whose key has the table's name."""

    async def lock_page(tx: Tx, after: Key | None, size: int) -> Sequence[Key]:
        behind, arguments = ("", []) if after is None else (f"WHERE {table} > $2", [after])
        locked = await tx.fetch(
            f"SELECT {table} FROM {table} {behind} ORDER BY {table} LIMIT $1 FOR SHARE", size, *arguments
        )
        return [row[table] for row in locked]

    return lock_page

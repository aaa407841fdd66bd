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
    """Aggregates of one kind, and the topics they are published on: state topics, or a log of what holds for good.

    `lock_page` locks the next ones behind a key (None: the first), at most so many, against every change of what is
    published of them, and returns their keys in order. `build_messages` makes what announces them as they are.
    `find_pending` gives the topic's keys of those that are left out only because a message of theirs is due soon.
    """

    topics: tuple[Topic, ...]
    lock_page: LockPage
    build_messages: BuildMessages
    find_pending: FindPending = _find_none


def lock_rows_of(table: str, key: str | None = None) -> LockPage:
    """Locks the rows of a table by its key, which has the table's name unless another is given."""
    column = key or table

    async def lock_page(tx: Tx, after: Key | None, size: int) -> Sequence[Key]:
        behind, arguments = ("", []) if after is None else (f"WHERE {column} > $2", [after])
        locked = await tx.fetch(
            f"SELECT {column} FROM {table} {behind} ORDER BY {column} LIMIT $1 FOR SHARE", size, *arguments
        )
        return [row[column] for row in locked]

    return lock_page

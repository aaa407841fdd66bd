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
    """Aggregates of one kind, and the state topics that tell of them.

    `hold` locks the next ones behind a key (None: the first), at most so many, against every change of what is
    told of them, and returns their keys in order. `told` is what an announcement of them as they are would say.
    `awaited` are the topic's keys of those that `told` leaves out only because a message of theirs is due soon.
    """

    topics: tuple[Topic, ...]
    lock_page: LockPage
    build_messages: BuildMessages
    find_pending: FindPending = _find_none


def lock_rows_of(table: str) -> LockPage:
    """Holds the rows of a table whose key has the table's name."""

    async def hold(tx: Tx, after: Key | None, size: int) -> Sequence[Key]:
        behind, arguments = ("", []) if after is None else (f"WHERE {table} > $2", [after])
        held = await tx.fetch(
            f"SELECT {table} FROM {table} {behind} ORDER BY {table} LIMIT $1 FOR SHARE", size, *arguments
        )
        return [row[table] for row in held]

    return hold

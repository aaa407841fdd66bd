"""Answers that are kept for some days under their request's Idempotency-Key, so that a repeat gets the first one."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.refusals import Gone, Refused
from shared.postgres.pool import Pool, Tx, transaction

PAGE = 1_000


def hash_key(operation: str, key: str) -> bytes:
    """What a client's key is known by: the key itself may be personal, and isn't kept."""
    return _hash_parts(operation, key)


def hash_meaning(command: BaseModel | None) -> bytes:
    """The same for commands that mean the same, however they are written: the order of fields, white space, escapes,
    spellings that validation makes one, and whether a default is written out make no difference."""
    return _hash_parts(command and command.model_dump(mode="json"))


async def claim_key(tx: Tx, key: bytes, fingerprint: bytes) -> Any:
    """The answer that is kept under this key, or None for the one who uses it first and keeps an answer.

    Who comes while the first one works waits for its end. Raises `Refused` if the key was used for another command,
    `Gone` if a person whom it was used for was erased.
    """
    # The update changes nothing: it returns the row, and keeps it from expiring meanwhile.
    row = await tx.fetchrow(
        "INSERT INTO kept_answer (key, fingerprint) VALUES ($1, $2)"
        " ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING fingerprint, answer",
        key,
        fingerprint,
    )
    assert row is not None
    if row["fingerprint"] is None:
        raise Gone("person-gone", "This was done for a person who has left since. It is not done again.")
    if row["fingerprint"] != fingerprint:
        raise Refused("idempotency-key-reused", "This Idempotency-Key was used for another command.")
    return row["answer"]


async def keep_answer(tx: Tx, key: bytes, command: BaseModel | None, answer: BaseModel) -> None:
    """Keep the answer to this command, which may hold ids only."""
    given = [part.model_dump() for part in (command, answer) if part is not None]
    await tx.execute(
        "UPDATE kept_answer SET answer = $2, ids = $3 WHERE key = $1",
        key,
        answer.model_dump(mode="json"),
        sorted(set(_collect_ids(given))),
    )


async def erase_answers(tx: Tx, ids: Sequence[UUID]) -> None:
    """Take out what was answered about these persons. Call it when their rows are locked or gone, so that nobody
    keeps another answer about them."""
    await tx.execute(
        "UPDATE kept_answer SET fingerprint = NULL, answer = NULL, ids = '{}' WHERE ids && $1::uuid[]", ids
    )


async def remove_expired(pool: Pool, days: int) -> int:
    """Remove a page of what was kept for so many days; returns how many."""
    async with transaction(pool) as tx:
        removed = await tx.fetch(
            """
            DELETE FROM kept_answer WHERE key IN (
                SELECT key FROM kept_answer WHERE at < now() - make_interval(days => $1)
                ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING true""",
            days,
            PAGE,
        )
    return len(removed)


def _hash_parts(*parts: object) -> bytes:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()


def _collect_ids(value: object) -> Iterator[UUID]:
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _collect_ids(part)

"""A request's unit of work: its transaction, and the same answer to a command that is repeated."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from shared.contracts.refusals import Invalid, Refused
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, Tx, acquire_within

A = TypeVar("A", bound=BaseModel)
PATIENCE_SECONDS = 10.0


class UnitOfWork:
    """One request's transactions; nothing else in the request touches the database."""

    def __init__(self, pool: Pool, operation: str, key: str | None, fingerprint: str) -> None:
        self.pool = pool
        self._operation = operation
        self._key = key
        self._fingerprint = fingerprint

    @asynccontextmanager
    async def transaction(self, seconds: float | None = None) -> AsyncIterator[Tx]:
        """One transaction; it commits when the block ends, and not if the block raises.

        After `seconds` (PATIENCE_SECONDS) without an end it is given up: the client hears that the database is away.
        """
        async with acquire_within(self.pool, seconds or PATIENCE_SECONDS) as tx, tx.transaction():
            yield tx
            failpoint("request.committing")
        failpoint("request.committed")

    async def run_once(self, handle: Callable[[Tx], Awaitable[A]], answer: type[A]) -> A:
        """Do a command that creates. With an Idempotency-Key a repeat changes nothing and gets the first answer.

        Raises `Refused` if the key was used for another command. The answer is kept, so it may hold ids only.
        """
        async with self.transaction() as tx:
            if self._key is None:
                return await handle(tx)
            kept = await self._claim_key(tx)
            if kept is not None:
                return answer.model_validate(kept)
            given = await handle(tx)
            await tx.execute(
                "UPDATE idempotency SET answer = $3 WHERE key = $1 AND operation = $2",
                self._key,
                self._operation,
                given.model_dump(mode="json"),
            )
            return given

    async def _claim_key(self, tx: Tx) -> object:
        new = await tx.fetchval(
            "INSERT INTO idempotency (key, operation, fingerprint) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING RETURNING true",
            self._key,
            self._operation,
            self._fingerprint,
        )
        if new:
            return None
        row = await tx.fetchrow(
            "SELECT fingerprint, answer FROM idempotency WHERE key = $1 AND operation = $2",
            self._key,
            self._operation,
        )
        assert row is not None
        if row["fingerprint"] != self._fingerprint:
            raise Refused("idempotency-key-reused", "This Idempotency-Key was used for another command.")
        return row["answer"]


async def _unit_of_work(
    request: Request,
    idempotency_key: Annotated[str | None, Header(max_length=100, pattern="^[!-~]+$")] = None,
) -> UnitOfWork:
    uploads = request.headers.get("content-type", "").startswith("multipart/")
    keeps = idempotency_key is not None and not uploads
    fingerprint = hashlib.sha256(await request.body()).hexdigest() if keeps else ""
    operation = f"{request.method} {request.url.path}"
    if len(operation) > 300:
        raise Invalid("path-too-long", "The path is too long.")
    return UnitOfWork(request.app.state.pool, operation, idempotency_key if keeps else None, fingerprint)


UnitOfWorkDep = Annotated[UnitOfWork, Depends(_unit_of_work)]

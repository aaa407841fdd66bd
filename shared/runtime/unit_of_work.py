"""A request's unit of work: its transaction, and the same answer to a command that is repeated."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from shared.access.identification import PrincipalOrNone
from shared.access.principal import Principal
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, Tx, acquire_within
from shared.runtime import audit, kept_answers
from shared.runtime.audit import Act

A = TypeVar("A", bound=BaseModel)
PATIENCE_SECONDS = 10.0
_ABOUT_KEYS = (
    "A command that creates is done once for each key: its repeat changes nothing and gets the first answer, for 7 days"
    " if the operator sets nothing else. Commands are compared by what they mean, not by how they are written. Another"
    " command with the same key is refused (409), and so is the repeat of one for a person who was erased (410)."
)


class UnitOfWork:
    """One request's transactions; nothing else in the request touches the database."""

    def __init__(self, pool: Pool, key: bytes | None, act: Act | None) -> None:
        self.pool = pool
        self._key = key
        self._act = act

    def acts_for(self, organisation: str | None = None, member: UUID | None = None) -> None:
        """Let the audit say for which organisation, and on behalf of which member, this is done."""
        if self._act is not None:
            self._act.organisation, self._act.on_behalf_of = organisation, member

    @asynccontextmanager
    async def transaction(self, seconds: float | None = None) -> AsyncIterator[Tx]:
        """One transaction; it commits when the block ends, and not if the block raises. What a command changes in it
        is in the audit.

        After `seconds` (PATIENCE_SECONDS) without an end it is given up: the client hears that the database is away.
        """
        async with acquire_within(self.pool, seconds or PATIENCE_SECONDS) as tx, tx.transaction():
            async with audit.noted(tx, self._act):
                yield tx
            failpoint("request.committing")
        failpoint("request.committed")

    async def run_once(
        self, command: BaseModel | None, handle: Callable[[Tx], Awaitable[A]], answer: type[A]
    ) -> A:
        """Do a command that creates. With an Idempotency-Key a repeat changes nothing and gets the first answer.

        Raises `Refused` if the key was used for a command that means something else, `Gone` if a person whom it was
        used for was erased. The answer is kept, so it may hold ids only.
        """
        async with self.transaction() as tx:
            if self._key is None:
                return await self._handle(tx, handle)
            kept = await kept_answers.claim_key(tx, self._key, kept_answers.hash_meaning(command))
            if kept is not None:
                return answer.model_validate(kept)
            given = await self._handle(tx, handle)
            await kept_answers.keep_answer(tx, self._key, command, given)
            return given

    async def _handle(self, tx: Tx, handle: Callable[[Tx], Awaitable[A]]) -> A:
        given = await handle(tx)
        if self._act is not None:
            self._act.object |= audit.collect_ids(given)
        return given


async def _unit_of_work(
    request: Request,
    _principal: PrincipalOrNone,
    idempotency_key: Annotated[
        str | None, Header(max_length=100, pattern="^[!-~]+$", description=_ABOUT_KEYS)
    ] = None,
) -> UnitOfWork:
    return open_work(request, idempotency_key)


def open_work(request: Request, key: str | None) -> UnitOfWork:
    """The request's unit of work; a form brings its key in a hidden field."""
    hashed = None if key is None else kept_answers.hash_key(_name_operation(request), key)
    return UnitOfWork(request.app.state.pool, hashed, audit.find_act(request))


def _name_operation(request: Request) -> str:
    """Who asks, the route and what it is about: an id is the same one however it is spelled."""
    principal: Principal | None = getattr(request.state, "principal", None)
    about = [audit.spell_id(value) for value in request.path_params.values()]
    asker = str(principal.account) if principal else "anyone"
    return " ".join([asker, request.method, request.scope["route"].path, *about])


UnitOfWorkDep = Annotated[UnitOfWork, Depends(_unit_of_work)]

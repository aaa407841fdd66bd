"""The audit: each command that changed something leaves who did what for whom, in its transaction, and no values."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from fastapi import Request
from pydantic import BaseModel
from structlog.contextvars import get_contextvars

from shared.access.principal import Principal
from shared.postgres.pool import Pool, Tx, transaction
from shared.runtime.paging import LARGEST, Page, PageRequest

PAGE = 1_000
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# How many rows this session has changed: the difference tells what a transaction changed. Locks don't count, nor does
# what is kept of requests themselves; partitions are the outbox's, which no command fills alone.
_COUNT_CHANGES = """
SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
    + pg_stat_get_xact_tuples_deleted(oid)), 0)::bigint
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT relispartition
    AND relname <> ALL ('{kept_answer,audit,audit_erasure}')"""

_NOTE = f"""
INSERT INTO audit (account, member, organisation, on_behalf_of, verb, object, correlation_id, ids, by_operator)
SELECT $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE ({_COUNT_CHANGES}) > $1"""

# An acting person's account is one with the person.
_ERASE = """
UPDATE audit SET
    account = CASE WHEN member = ANY($1) THEN NULL ELSE account END,
    member = CASE WHEN member = ANY($1) THEN NULL ELSE member END,
    on_behalf_of = CASE WHEN on_behalf_of = ANY($1) THEN NULL ELSE on_behalf_of END,
    object = (SELECT coalesce(jsonb_object_agg(name, value), '{}') FROM jsonb_each_text(object) AS of(name, value)
        WHERE value <> ALL ($1::text[])),
    ids = ARRAY(SELECT unnest(ids) EXCEPT SELECT unnest($1))
WHERE id IN (SELECT id FROM audit WHERE ids && $1 ORDER BY id LIMIT $2 FOR UPDATE)"""

_EXPIRE = """
DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT $2) AND at < now() - make_interval(days => $1)"""

_LIST_ALL = "SELECT * FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2"
_LIST_OF_OPERATORS = "SELECT * FROM audit WHERE by_operator AND id < $1 ORDER BY id DESC LIMIT $2"

# As rows are compared, only the organisation's own index gives them in this order: the planner takes no other one, on
# which it would pass all those of others.
_LIST = """
SELECT audit.* FROM unnest($1::text[]) AS own(organisation), LATERAL (
    SELECT * FROM audit
    WHERE (audit.organisation, id) < (own.organisation, $2::bigint) AND audit.organisation >= own.organisation
    ORDER BY audit.organisation DESC, id DESC LIMIT $3) AS audit
ORDER BY id DESC LIMIT $3"""


@dataclass
class Act:
    """What a request does: `verb` is its endpoint's name, `object` the ids of what it is about, by their names."""

    verb: str
    principal: Principal | None
    object: dict[str, str]
    organisation: str | None = None
    on_behalf_of: UUID | None = None


class AuditEntry(BaseModel):
    """One row. `account` and `member` did it, for `organisation` or on behalf of a member; who was erased isn't
    named."""

    at: datetime
    account: UUID | None
    member: UUID | None
    organisation: str | None
    on_behalf_of: UUID | None
    verb: str
    object: Mapping[str, str]
    correlation_id: str


def find_act(request: Request) -> Act | None:
    """What the request does, None for one that only reads; who has a path of an organisation acts for that one."""
    if request.method in _SAFE_METHODS:
        return None
    if not hasattr(request.state, "act"):
        ids = {name: spell_id(value) for name, value in request.path_params.items()}
        principal = getattr(request.state, "principal", None)
        request.state.act = Act(request.scope["endpoint"].__name__, principal, ids, ids.get("organisation"))
    act: Act = request.state.act
    return act


def spell_id(value: str) -> str:
    """An id is the same one however it is spelled."""
    with suppress(ValueError):
        return str(UUID(value))
    return value


def collect_ids(answer: BaseModel) -> dict[str, str]:
    """The ids that an answer gives, by their names."""
    return {name: str(value) for name, value in answer if isinstance(value, UUID)}


@asynccontextmanager
async def noted(tx: Tx, act: Act | None) -> AsyncIterator[None]:
    """Leave a row of this act if the block changes something, and doesn't raise."""
    if act is None:
        yield
        return
    before = await tx.fetchval(_COUNT_CHANGES)
    yield
    who = act.principal
    await tx.execute(
        _NOTE,
        before,
        who and who.account,
        who and who.member,
        act.organisation,
        act.on_behalf_of,
        act.verb,
        act.object,
        get_contextvars().get("correlation_id", ""),
        sorted(set(_collect_ids(act))),
        who is not None and who.is_operator,
    )


async def list_entries(tx: Tx, organisations: Sequence[str] | None, paging: PageRequest) -> Page[AuditEntry]:
    """The newest first, of these organisations, or all of them."""
    before = _read_place(paging)
    if organisations is None:
        rows = await tx.fetch(_LIST_ALL, before, paging.limit + 1)
    else:
        rows = await tx.fetch(_LIST, organisations, before, paging.limit + 1)
    return _build_page(rows, paging)


async def list_of_operators(tx: Tx, paging: PageRequest) -> Page[AuditEntry]:
    """What operators did, the newest first."""
    return _build_page(await tx.fetch(_LIST_OF_OPERATORS, _read_place(paging), paging.limit + 1), paging)


async def erase_persons(tx: Tx, ids: Sequence[UUID]) -> None:
    """Name these persons nowhere any more: of most of them at once, of who did more than a page soon."""
    await tx.execute(
        "INSERT INTO audit_erasure (person) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", sorted(ids)
    )
    await tx.execute(_ERASE, ids, PAGE)


async def tidy_up(pool: Pool, days: int) -> int:
    """Remove a page of what was kept for so many days, and a page of erased persons' names; returns how many."""
    async with transaction(pool) as tx:
        removed = await tx.execute(_EXPIRE, days, PAGE)
    return int(removed.removeprefix("DELETE ")) + await _erase_waiting(pool)


def _read_place(paging: PageRequest) -> int:
    [id] = paging.cursor_parts(int)
    return LARGEST if id is None else int(id)


def _build_page(rows: Sequence[asyncpg.Record], paging: PageRequest) -> Page[AuditEntry]:
    return paging.build_page([AuditEntry(**row) for row in rows], [[row["id"]] for row in rows])


async def _erase_waiting(pool: Pool) -> int:
    async with transaction(pool) as tx:
        rows = await tx.fetch(
            "SELECT person FROM audit_erasure ORDER BY at, person LIMIT 100 FOR UPDATE SKIP LOCKED"
        )
        persons = [row["person"] for row in rows]
        erased = int((await tx.execute(_ERASE, persons, PAGE)).removeprefix("UPDATE "))
        if erased < PAGE:
            # Longer than any request takes that began before.
            await tx.execute(
                "DELETE FROM audit_erasure WHERE person = ANY($1) AND at < now() - interval '2 minutes'",
                persons,
            )
    return erased


def _collect_ids(act: Act) -> Iterator[UUID]:
    who = act.principal
    yield from (each for each in (who and who.member, act.on_behalf_of) if each)
    for value in act.object.values():
        with suppress(ValueError):
            yield UUID(value)

"""Holdings: what a service holds about a member, each read in pages, and the parts that are made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.postgres.pool import Tx

# Of one query, and of one part: as JSON within JSON it may become twice as long, and a message has room for 900,000.
MOST_RECORDS = 200
MOST_BYTES = 400_000


@dataclass(frozen=True)
class Holding:
    """Records of one kind. `select` gives those about the member $1 by `place`, in whose order they are told and which
    no two of them share; `record` makes JSON of one of its rows, of those of a page only. `tables` are those that it
    tells of, `place` is the type of that column.

    What of a record is about others only, it leaves out.
    """

    name: str
    tables: Sequence[str]
    select: str
    place: str = "uuid"
    record: str = "record"

    async def read_page(self, tx: Tx, member: UUID, after: str | None) -> list[asyncpg.Record]:
        """The next records behind this place, as text."""
        behind = "" if after is None else f"WHERE place > $2::text::{self.place}"
        return await tx.fetch(
            f"SELECT page.place::text, ({self.record})::text AS record FROM ("
            f" SELECT * FROM ({self.select}) AS held {behind} ORDER BY place LIMIT {MOST_RECORDS}) AS page"
            " ORDER BY page.place",
            *([member] if after is None else [member, after]),
        )


class Place(NamedTuple):
    """Where a part begins: behind the record `after` of a holding, None for its first one."""

    holding: str
    after: str | None


class Part(NamedTuple):
    """JSON of records by the names of their holdings, and where the next part begins; None: nothing is left."""

    content: str
    following: Place | None


def hold_rows(
    table: str, by: str, place: str, place_type: str = "uuid", *, name: str = "", without: Sequence[str] = ()
) -> Holding:
    """The rows of this table whose column `by` is the member, whole but for these columns."""
    omitted = "".join(f" - '{column}'" for column in without)
    select = f"SELECT t.{place} AS place, t AS whole FROM {table} t WHERE t.{by} = $1"
    return Holding(name or table, (table,), select, place_type, f"to_jsonb(whole){omitted}")


async def read_part(tx: Tx, holdings: Sequence[Holding], member: UUID, start: Place) -> Part:
    """The next part: as many records as it has room for, and one at least if any is left."""
    found: dict[str, list[str]] = {}
    room, after = MOST_BYTES, start.after
    names = [holding.name for holding in holdings]
    for holding in holdings[names.index(start.holding) :]:
        kept = found.setdefault(holding.name, [])
        rows = await holding.read_page(tx, member, after)
        for row in rows:
            room -= len(row["record"].encode())
            if room < 0 and any(found.values()):
                return Part(_write_json(found), Place(holding.name, after))
            kept.append(row["record"])
            after = row["place"]
        if len(rows) == MOST_RECORDS:
            return Part(_write_json(found), Place(holding.name, after))
        after = None
    return Part(_write_json(found), None)


def _write_json(found: Mapping[str, Sequence[str]]) -> str:
    return "{" + ", ".join(f'"{name}": [{", ".join(records)}]' for name, records in found.items()) + "}"

"""Chunks: the rows of an uploaded list as they are stored until they are worked on, some hundred at a time."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from services.members.imports.cells import clean_cell, fold
from services.members.imports.csv_reader import REPEATS_AFFILIATION, REPEATS_PERSON, ListRow
from services.members.imports.mappings import ListMapping
from shared.addresses import address_key
from shared.postgres.pool import Tx

CHUNK_ROWS = 500
CHUNK_LETTERS = 250_000


class Chunk(NamedTuple):
    """Rows as they are stored, how many they are, and the keys of the addresses in them."""

    content: bytes
    rows: int
    email_keys: list[str]


class KeyedRow(NamedTuple):
    """A row, and the key of the address in it, if there is one."""

    row: ListRow
    email_key: str | None


def encode_chunks(rows: Iterable[ListRow], mapping: ListMapping) -> Iterator[Chunk]:
    """The rows in chunks of at most CHUNK_ROWS rows and some CHUNK_LETTERS letters."""
    for chunk in _split_rows(mark_repeats(rows, mapping)):
        keys = {each.email_key for each in chunk if each.email_key is not None}
        yield Chunk(encode_rows([each.row for each in chunk]), len(chunk), sorted(keys))


def mark_repeats(rows: Iterable[ListRow], mapping: ListMapping) -> Iterator[KeyedRow]:
    """The rows, of which those are marked that tell once more of a person, or of one and a programme.

    A list may contradict itself, as it has a row for each stay. The first one counts: so the same list again changes
    nothing. (Of those that were seen only hashes are in memory, some 100 bytes a row.)
    """
    email = mapping.fields.index("email")
    programme = mapping.fields.index("programme") if "programme" in mapping.columns else None
    seen: set[int] = set()
    for row in rows:
        key = _find_email_key(row, email)
        if key is None or row.cells is None:
            yield KeyedRow(row, key)
            continue
        person = hash(key)
        affiliation = person if programme is None else hash((key, fold(row.cells[programme])))
        mark = REPEATS_AFFILIATION if affiliation in seen else REPEATS_PERSON if person in seen else None
        seen |= {person, affiliation}
        yield KeyedRow(row._replace(fault=mark), key)


def encode_rows(rows: Sequence[ListRow]) -> bytes:
    """The rows as they are stored."""
    return json.dumps(rows, separators=(",", ":")).encode("ascii")


def decode_rows(content: bytes) -> list[ListRow]:
    """The rows of a stored chunk."""
    return [ListRow(*row) for row in json.loads(content)]


async def insert_chunk(tx: Tx, import_: UUID, number: int, chunk: Chunk) -> None:
    """Store a chunk; chunks are worked on by their numbers."""
    await tx.execute(
        "INSERT INTO import_chunk (import, number, records, email_keys) VALUES ($1, $2, $3, $4)",
        import_,
        number,
        chunk.content,
        chunk.email_keys,
    )


async def take_chunk(tx: Tx, import_: UUID) -> bytes | None:
    """Delete the next chunk, and return what was in it."""
    content: bytes | None = await tx.fetchval(
        """
        DELETE FROM import_chunk WHERE (import, number) =
            (SELECT import, number FROM import_chunk WHERE import = $1 ORDER BY number LIMIT 1)
        RETURNING records""",
        import_,
    )
    return content


async def erase_rows(tx: Tx, import_: UUID, mapping: ListMapping, email_key: str) -> None:
    """Make the stored rows of this address bad ones, with nothing in them. The import must be locked."""
    found = await tx.fetch(
        """
        SELECT number FROM import_chunk
        WHERE import = $1 AND (email_keys IS NULL OR $2 = ANY(email_keys)) ORDER BY number""",
        import_,
        email_key,
    )
    for row in found:
        await _erase_in_chunk(tx, import_, row["number"], mapping.fields.index("email"), email_key)


async def _erase_in_chunk(tx: Tx, import_: UUID, number: int, position: int, email_key: str) -> None:
    stored = await tx.fetchval(
        "SELECT records FROM import_chunk WHERE import = $1 AND number = $2", import_, number
    )
    left = await asyncio.to_thread(_without_address, stored, position, email_key)
    await tx.execute(
        """
        UPDATE import_chunk SET records = $3, email_keys = array_remove(email_keys, $4)
        WHERE import = $1 AND number = $2""",
        import_,
        number,
        left,
        email_key,
    )


def _without_address(content: bytes, position: int, email_key: str) -> bytes:
    rows = decode_rows(content)
    left = [
        ListRow(row.line, None, "erased") if _find_email_key(row, position) == email_key else row
        for row in rows
    ]
    return encode_rows(left)


def _find_email_key(row: ListRow, position: int) -> str | None:
    try:
        return None if row.cells is None else address_key(clean_cell("email", row.cells[position]))
    except ValueError:
        return None


def _split_rows(rows: Iterable[KeyedRow]) -> Iterator[list[KeyedRow]]:
    chunk: list[KeyedRow] = []
    letters = 0
    for each in rows:
        chunk.append(each)
        letters += sum(map(len, each.row.cells or ()))
        if len(chunk) == CHUNK_ROWS or letters > CHUNK_LETTERS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk

"""Where a text is still found: in the files of the broker's log, and in the tables of the service."""

from collections.abc import Sequence
from pathlib import Path

from shared.postgres.pool import Pool
from tests.faults.service.entries import SCHEMA

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1"


def find_in_files(folder: Path, text: str) -> Sequence[str]:
    """The files that hold it, whatever they are for, by their path in the folder."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if _contains(path, text.encode())
    )


def _contains(path: Path, wanted: bytes) -> bool:
    """A file that the broker removes just now counts as gone; it is read at once, since its size may change too."""
    try:
        return path.is_file() and wanted in path.read_bytes()
    except FileNotFoundError:
        return False


async def find_in_tables(pool: Pool, text: str) -> Sequence[str]:
    """The tables of the schema that hold it, as text or as bytes."""
    found = []
    for row in await pool.fetch(TABLES, SCHEMA):
        held = await pool.fetchval(
            f"SELECT count(*) FROM {row['tablename']} AS r"
            " WHERE strpos(r::text, $1) > 0 OR strpos(r::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0",
            text,
        )
        found += [row["tablename"]] if held else []
    return found

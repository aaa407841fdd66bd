"""The archive that a member downloads: a page to read, and a JSON file for each service, written part by part."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from services.members.disclosure.readable import ReadablePage

# Gives the part of this number that a service told, None behind the last one.
ReadPart = Callable[[str, int], Awaitable[str | None]]
Records = Mapping[str, Sequence[Mapping[str, Any]]]


async def write_archive(
    services: Sequence[str], read_part: ReadPart, page: ReadablePage
) -> AsyncIterator[bytes]:
    """The archive's bytes, as they come: no more than a part is in memory, and it is written beside the event loop."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:
        with archive.open("index.html", "w") as entry:
            entry.write(page.begin().encode())
            for service in services:
                async for _ in _add_parts(entry, read_part, service, partial(page.add, service)):
                    yield outlet.take()
            entry.write(page.end().encode())
        for service in services:
            with archive.open(f"{service}.json", "w") as entry:
                file = JsonFile()
                async for _ in _add_parts(entry, read_part, service, file.add):
                    yield outlet.take()
                entry.write(file.end().encode())
    yield outlet.take()


class JsonFile:
    """A service's records by the names of what they are, however many parts tell of one name."""

    def __init__(self) -> None:
        self._name = ""
        self._is_empty = True

    def add(self, records: Records) -> str:
        """What the records of the next part add to the file."""
        return "".join(self._write(records))

    def end(self) -> str:
        """The file's end."""
        return "\n]\n}\n" if self._name else "{}\n"

    def _write(self, records: Records) -> Iterator[str]:
        for name, listed in records.items():
            if name != self._name:
                yield ("\n],\n" if self._name else "{\n") + f"{json.dumps(name)}: ["
                self._name, self._is_empty = name, True
            for record in listed:
                yield ("\n" if self._is_empty else ",\n") + json.dumps(record, ensure_ascii=False)
                self._is_empty = False


class _Outlet(io.RawIOBase):
    """What was written to the archive since it was taken last."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def _add_parts(
    entry: IO[bytes], read_part: ReadPart, service: str, add: Callable[[Records], str]
) -> AsyncIterator[int]:
    """Write what `add` makes of each part; gives its number then."""
    for number in count(1):
        part = await read_part(service, number)
        if part is None:
            return
        await asyncio.to_thread(_add_part, entry, add, part)
        yield number


def _add_part(entry: IO[bytes], add: Callable[[Records], str], part: str) -> None:
    entry.write(add(json.loads(part)).encode())

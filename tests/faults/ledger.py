"""The ledger of operations: what the generator asked and was answered, each line on disk before it goes on."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Ledger:
    """All operations by their value. `issued` has the account of each; `acknowledged` the version of its answer;
    `refused` got a refusal as answer. All others are "maybe": there everywhere, or nowhere. `undone` was there and
    is nowhere since the database was restored to an earlier time."""

    issued: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)

    @property
    def unanswered(self) -> set[str]:
        return self.issued.keys() - self.acknowledged.keys() - self.refused - self.undone


def read_ledger(paths: Iterable[Path]) -> Ledger:
    """The ledger in these files. A line that was cut off while it was written counts as not written."""
    ledger = Ledger()
    for path in paths:
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                _add_line(ledger, **json.loads(line))
    return ledger


def _add_line(ledger: Ledger, what: str, value: str, account: str = "", version: int = 0) -> None:
    if what == "issued":
        ledger.issued[value] = account
    elif what == "acknowledged":
        ledger.acknowledged[value] = version
    else:
        ledger.refused.add(value)


class Book:
    """The ledger's file while it is written: many lines share one fsync."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()

    async def write_line(self, what: str, **facts: Any) -> None:
        """Return when this line is on disk."""
        line = json.dumps({"what": what, **facts}).encode() + b"\n"
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        self._wake.set()
        await written

    async def keep_writing(self) -> None:
        """Write the waiting lines, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, []
            await asyncio.to_thread(self._write_to_disk, b"".join(line for line, _ in waiting))
            for _, written in waiting:
                written.set_result(None)

    def _write_to_disk(self, lines: bytes) -> None:
        os.write(self._file, lines)
        os.fsync(self._file)


@asynccontextmanager
async def open_book(path: Path) -> AsyncIterator[Book]:
    """The book, until the block ends."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    book = Book(file)
    keeping = asyncio.create_task(book.keep_writing())
    try:
        yield book
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        os.close(file)

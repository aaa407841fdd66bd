"""The ledger has each written line on disk, whenever its writer ends."""

import asyncio
from pathlib import Path

from tests.faults import ledger


async def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    async with ledger.open_book(path) as book:
        await asyncio.gather(*(book.write_line("issued", value=f"{n}", account="a") for n in range(50)))
        await book.write_line("acknowledged", value="7", version=3)
        await book.write_line("refused", value="8")

        found = ledger.read_ledger([path])

    assert found.issued == {f"{n}": "a" for n in range(50)}
    assert found.acknowledged == {"7": 3}
    assert found.refused == {"8"}
    assert found.unanswered == {f"{n}" for n in range(50)} - {"7", "8"}


def test_a_line_cut_off_in_the_middle_was_never_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"what": "issued", "value": "1", "account": "a"}\n{"what": "acknowl')

    assert ledger.read_ledger([path]).issued == {"1": "a"}
    assert not ledger.read_ledger([path]).acknowledged

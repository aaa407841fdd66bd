"""A page that was made a moment ago is given to all who ask for it; it is as its data are, and all are bounded."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import HTMLResponse

from shared.web.kept_pages import KeptPages

Make = Callable[[], Awaitable[HTMLResponse]]


class Maker:
    """Counts what it makes; each page says its number, and is as long as it is told."""

    def __init__(self, length: int = 1) -> None:
        self.made = 0
        self.length = length
        self.allowed = asyncio.Event()
        self.allowed.set()

    async def make(self) -> HTMLResponse:
        await self.allowed.wait()
        self.made += 1
        return HTMLResponse(str(self.made).rjust(self.length), headers={"Content-Language": "de"})


async def test_all_who_ask_meanwhile_get_one_page_though_the_first_has_gone() -> None:
    kept, maker = KeptPages(), Maker()
    maker.allowed.clear()
    asking = [asyncio.create_task(kept.get_or_make("a", 1, maker.make)) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    maker.allowed.set()
    await asyncio.wait(asking)

    assert {bytes(task.result().body) for task in asking[1:]} == {b"1"}
    assert {task.result().headers["Content-Language"] for task in asking[1:]} == {"de"}
    assert (await kept.get_or_make("a", 1, maker.make)).body == b"1"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=30))
async def test_a_page_is_of_what_was_asked_and_of_the_data_as_they_are(asked: list[tuple[str, int]]) -> None:
    kept = KeptPages(most_bytes=1000)

    for what, state in asked:

        async def make(what: str = what, state: int = state) -> HTMLResponse:
            return HTMLResponse(f"{what} {state}")

        assert (await kept.get_or_make(what, state, make)).body == f"{what} {state}".encode()


async def test_a_page_is_made_again_after_its_time_and_one_that_fails_at_once() -> None:
    kept, maker = KeptPages(seconds=-1), Maker()
    assert [bytes((await kept.get_or_make("a", 1, maker.make)).body) for _ in range(2)] == [b"1", b"2"]

    async def fail() -> HTMLResponse:
        raise LookupError

    kept = KeptPages()
    with pytest.raises(LookupError):
        await kept.get_or_make("a", 1, fail)
    assert (await kept.get_or_make("a", 1, maker.make)).body == b"3"


async def test_those_that_nobody_asked_for_longest_make_room() -> None:
    kept, maker = KeptPages(most_bytes=300), Maker(length=100)
    for what in ("a", "b", "c", "a", "d"):
        await kept.get_or_make(what, 1, maker.make)
        await asyncio.sleep(0)
    made = maker.made
    for what in ("a", "c", "d"):
        await kept.get_or_make(what, 1, maker.make)
    assert maker.made == made == 4

    await kept.get_or_make("b", 1, maker.make)
    assert maker.made == 5

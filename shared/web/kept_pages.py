"""Pages that were made a moment ago: made once, however many ask for the same one meanwhile. For pages that show
everybody the same."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from starlette.responses import HTMLResponse

MOST_BYTES = 32_000_000
# What a page says of the time, and what its state doesn't tell, is so old at most.
KEPT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Kept:
    state: Hashable
    until: float
    page: "asyncio.Task[HTMLResponse]"

    @property
    def size(self) -> int:
        made = self.page.done() and not self.page.cancelled() and self.page.exception() is None
        return len(self.page.result().body) if made else 0


class KeptPages:
    """Pages by what was asked for; together they have MOST_BYTES at most, those asked for last."""

    def __init__(self, most_bytes: int = MOST_BYTES, seconds: float = KEPT_SECONDS) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    async def get_or_make(
        self, asked: Hashable, state: Hashable, make: Callable[[], Awaitable[HTMLResponse]]
    ) -> HTMLResponse:
        """The page that was made for this in this state of the data, or a new one. Raises what `make` raises, of which
        nothing is kept."""
        kept = self._kept.get(asked)
        if kept is None or kept.state != state or kept.until < time.monotonic():
            kept = _Kept(state, time.monotonic() + self._seconds, asyncio.create_task(_run(make)))
            kept.page.add_done_callback(lambda _: self._trim(asked))
            self._kept[asked] = kept
        self._kept.move_to_end(asked)
        # Whoever asked first may go: the others wait for the page still.
        page = await asyncio.shield(kept.page)
        return HTMLResponse(page.body, page.status_code, headers=dict(page.headers))

    def _trim(self, asked: Hashable) -> None:
        """Drop what failed, and those that nobody has asked for longest."""
        made = self._kept.get(asked)
        if made is not None and made.page.done() and not made.size:
            del self._kept[asked]
        size = sum(kept.size for kept in self._kept.values())
        while size > self._most_bytes:
            size -= self._kept.popitem(last=False)[1].size


async def _run(make: Callable[[], Awaitable[HTMLResponse]]) -> HTMLResponse:
    return await make()

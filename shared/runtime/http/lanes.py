"""A lane: so many places in work, and a bounded line in front of them.

As long as the line moves, everybody waits their turn: a crowd that comes at once is served, the first who came first.
A line that stands is overload: then it is short, whoever comes last is served first, and the others hear soon that
they can't be, so that those who are served have hardly waited. (Adaptive LIFO with controlled delay; Maurer, "Fail at
Scale", ACM Queue 13(8), 2015.)
"""

import asyncio
from typing import Literal

from shared.runtime import metrics

WAITING = 96
# Where the line stands, so many wait for each place: they are served before they have waited for long.
SHORT_LINE = 2
# For so long one waits at most, while the line moves and while it stands.
PATIENCE_SECONDS = 0.6
SHORT_SECONDS = 0.1
# The line stands if within so many seconds no place was free, and nobody's turn came after a short while; sooner, if
# others are refused: then a free place is no sign either.
STANDS_AFTER_SECONDS = 0.2
FULL_FOR_SECONDS = 0.1
MOVING_SECONDS = 0.2


class Lane:
    """Places in work, and those that wait for one."""

    def __init__(self, name: str, places: int, waiting: int = WAITING) -> None:
        self._free = places
        self._short_line = SHORT_LINE * places
        self._most_waiting = waiting
        # Who waits, the first first, and since when.
        self._line: dict[asyncio.Future[bool], float] = {}
        self._coming = 0
        self._moved_at = self._refused_at = float("-inf")
        metrics.REQUESTS_IN_WORK.labels(name).set_function(lambda: places - self._free)
        metrics.REQUESTS_WAITING.labels(name).set_function(lambda: len(self._line))
        self._refused = metrics.REQUESTS_REFUSED.labels(name)

    async def enter(self) -> bool:
        """Take a place, after PATIENCE_SECONDS at most; False if there is none."""
        if self._free:
            self._free -= 1
            self._note_move(0.0)
            return True
        if self._is_full():
            if not self._stands():
                return self._note_refusal()
            self._shorten(self._room() - 1)
        return await self._wait_for_turn() or self._note_refusal()

    def refuse_if_full(self) -> bool:
        """Whether the line stands and is full: who comes now is refused before anything is read of what they ask.

        Who isn't will enter in the next turn of the event loop; in this one more may come than there is room for.
        """
        if not self._stands():
            return False
        if len(self._line) + self._coming >= self._room() + self._free:
            return not self._note_refusal()
        if not self._coming:
            asyncio.get_running_loop().call_soon(self._forget_coming)
        self._coming += 1
        return False

    def leave(self) -> None:
        """Give the place to who is next, if anybody waits."""
        while self._line:
            first, since = next(iter(self._line.items()))
            self._note_move(_now() - since)
            self._shorten(self._room())
            if self._end_wait(next(reversed(self._line)) if self._stands() else first, entered=True):
                return
        self._free += 1

    def _forget_coming(self) -> None:
        self._coming = 0

    def _room(self) -> int:
        return min(self._short_line, self._most_waiting) if self._stands() else self._most_waiting

    def _is_full(self) -> bool:
        return len(self._line) >= self._room()

    def _shorten(self, room: int) -> None:
        """Let those go who came first, until there are no more than that."""
        while len(self._line) > room:
            self._end_wait(next(iter(self._line)), entered=False)

    def _stands(self) -> bool:
        patience = FULL_FOR_SECONDS if self._refuses() else STANDS_AFTER_SECONDS
        return _now() - self._moved_at > patience

    def _refuses(self) -> bool:
        return _now() - self._refused_at <= MOVING_SECONDS

    def _note_move(self, waited: float) -> None:
        # Where some are refused, the others' waits are short for that.
        if waited < MOVING_SECONDS and not self._refuses():
            self._moved_at = _now()

    def _note_refusal(self) -> Literal[False]:
        self._refused_at = _now()
        self._refused.inc()
        return False

    async def _wait_for_turn(self) -> bool:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._line[turn] = _now()
        seconds = SHORT_SECONDS if self._stands() else PATIENCE_SECONDS
        timer = loop.call_later(seconds, lambda: self._end_wait(turn, entered=False))
        try:
            return await turn
        except asyncio.CancelledError:
            self._line.pop(turn, None)
            if not turn.cancelled() and turn.result():
                self.leave()
            raise
        finally:
            timer.cancel()

    def _end_wait(self, turn: "asyncio.Future[bool]", *, entered: bool) -> bool:
        """Whether who waits hears it: who has gone doesn't."""
        self._line.pop(turn, None)
        if turn.done():
            return False
        turn.set_result(entered)
        return True


def _now() -> float:
    return asyncio.get_running_loop().time()

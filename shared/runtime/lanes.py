"""A lane: so many places in work, and a bounded line in front of them in which the newest comes first."""

import asyncio

from shared.runtime import metrics

WAITING = 64
WAIT_SECONDS = 0.3


class Lane:
    """Places in work, and those that wait for one.

    Under overload the oldest in line has waited in vain: it is refused, and all that are served have hardly waited.
    Without overload the line is too short for the order to matter.
    """

    def __init__(self, name: str, places: int, waiting: int = WAITING) -> None:
        self._free = places
        self._most_waiting = waiting
        self._line: dict[asyncio.Future[bool], None] = {}
        metrics.REQUESTS_IN_WORK.labels(name).set_function(lambda: places - self._free)
        metrics.REQUESTS_WAITING.labels(name).set_function(lambda: len(self._line))
        self._refused = metrics.REQUESTS_REFUSED.labels(name)

    async def enter(self) -> bool:
        """Take a place, after WAIT_SECONDS at most; False if there is none."""
        if self._free:
            self._free -= 1
            return True
        if len(self._line) >= self._most_waiting:
            self._end_wait(next(iter(self._line)), entered=False)
        entered = await self._wait_for_turn()
        if not entered:
            self._refused.inc()
        return entered

    def leave(self) -> None:
        """Give the place to who came last, if anybody waits."""
        while self._line:
            if self._end_wait(next(reversed(self._line)), entered=True):
                return
        self._free += 1

    async def _wait_for_turn(self) -> bool:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._line[turn] = None
        timer = loop.call_later(WAIT_SECONDS, lambda: self._end_wait(turn, entered=False))
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

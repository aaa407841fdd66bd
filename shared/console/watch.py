"""Watching a service: one look a second, which all who look on this process share."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import anyio
from starlette.datastructures import State

from shared.console.readings import Reading, States, build_reading, read_stored
from shared.console.topic_ends import TopicEnds
from shared.contracts.refusals import Unavailable
from shared.postgres.pool import acquire_within
from shared.postgres.transient import is_transient

SECONDS = 1.0
PATIENCE_SECONDS = 2.0
REMEMBERED = timedelta(minutes=3)
# So many may look at once on a process, each for so long until they have to ask again, and are asked who they are.
MOST_LOOKING = 20
LOOK_SECONDS = 60.0


class Watch:
    """Looks when somebody does, at most once a second, and remembers what it saw in the last minutes."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.states: States | None = getattr(state, "console_states", None)
        self._ends = TopicEnds(state.service.settings.broker)
        self._one_by_one = asyncio.Lock()
        self._readings: deque[Reading] = deque()
        self._looking = 0

    @property
    def readings(self) -> Sequence[Reading]:
        """What was seen in the last minutes, the newest last."""
        return tuple(self._readings)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Somebody looks. When the last of them goes, the brokers are left."""
        self._looking += 1
        try:
            yield
        finally:
            self._looking -= 1
            with anyio.CancelScope(shield=True):
                async with self._one_by_one:
                    if not self._looking:
                        await self._ends.close()

    def require_room(self) -> None:
        """Raises `Unavailable` where as many look as may."""
        if self._looking >= MOST_LOOKING:
            raise Unavailable("too-many-look", "Too many look at this at once. The page can be loaded anew.")

    async def read(self) -> Reading:
        """How the service does, as it was seen within the last second. Raises what a database raises that is away."""
        async with self._one_by_one:
            now = datetime.now(UTC)
            # Those who look come a little earlier or later than a second after the last time.
            if not self._readings or now - self._readings[-1].at > timedelta(seconds=0.8 * SECONDS):
                self._readings.append(await self._look())
            while self._readings[0].at < now - REMEMBERED:
                self._readings.popleft()
            return self._readings[-1]

    async def follow(self, write: Callable[[], str]) -> AsyncIterator[str]:
        """What `write` makes of the readings, as server-sent events: for a minute, until the database is away, or until
        the process is told to stop."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LOOK_SECONDS
        async with self.looking():
            while loop.time() < until and await self._can_read():
                yield _write_event(write())
                with suppress(TimeoutError):
                    async with asyncio.timeout(SECONDS):
                        await self._state.ending.wait()
                        return

    async def _can_read(self) -> bool:
        try:
            await self.read()
        except Exception as error:
            if is_transient(error):
                return False
            raise
        return True

    async def _look(self) -> Reading:
        async with acquire_within(self._state.pool, PATIENCE_SECONDS) as tx, tx.transaction():
            stored = await read_stored(tx, self.states)
        ends = await self._ends.read(list(stored.positions)) if stored.positions else {}
        return build_reading(self._state, stored, ends)


def find_watch(state: State) -> Watch:
    """The one of this process's app, which is made when somebody looks for the first time."""
    if not hasattr(state, "watch"):
        state.watch = Watch(state)
    watch: Watch = state.watch
    return watch


def _write_event(text: str) -> str:
    """An event with this text (HTML Living Standard, 9.2.6); a client that loses it comes again in two seconds."""
    return "".join(["retry: 2000\n", *(f"data: {line}\n" for line in text.splitlines()), "\n"])

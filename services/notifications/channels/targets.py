"""A target of deliveries: its server, its pace, and a breaker, so that one that fails delays no other."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.notifications.channels.smtp import Server

REST_SECONDS = (0.5, 60.0)


@dataclass
class Pace:
    """At most `per_second` mails, evenly spread over all connections to the target."""

    per_second: float
    _next: float = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = time.monotonic()
        self._next = max(now, self._next) + 1 / self.per_second
        await asyncio.sleep(max(0.0, self._next - now - 1 / self.per_second))


@dataclass
class Breaker:
    """Open after each failure for a time that doubles; whatever comes through closes it."""

    failures: int = 0
    _until: float = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._until

    def failed(self) -> float:
        """Note a failure; returns for how many seconds the target is left alone."""
        shortest, longest = REST_SECONDS
        rest = min(longest, shortest * 2.0 ** min(self.failures, 20)) * random.uniform(0.5, 1)
        self.failures += 1
        self._until = time.monotonic() + rest
        return rest

    def passed(self) -> None:
        """Note a success."""
        self.failures, self._until = 0, 0.0


@dataclass
class Target:
    """Where mails go: those of `organisations`, or where `rest` is set all but theirs."""

    name: str
    server: Server
    pace: Pace
    organisations: Sequence[str]
    rest: bool
    breaker: Breaker = field(default_factory=Breaker)

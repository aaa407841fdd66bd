"""Targets: a mail server with its rate limit and its circuit breaker, so that one that fails delays no other."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.notifications.channels.smtp import SmtpServer
from shared.backoff import backoff_seconds

OPEN_SECONDS = (0.5, 60.0)


@dataclass
class RateLimit:
    """At most `per_second` mails, evenly spread over all connections to the target."""

    per_second: float
    _next: float = 0.0

    async def wait_turn(self) -> None:
        """Wait until the next mail may go."""
        now = time.monotonic()
        self._next = max(now, self._next) + 1 / self.per_second
        await asyncio.sleep(max(0.0, self._next - now - 1 / self.per_second))


@dataclass
class CircuitBreaker:
    """Open after each failure for a time that doubles; whatever comes through closes it. What several connections
    hear of one outage is one failure."""

    failures: int = 0
    _opened_at: float = float("-inf")
    _until: float = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._until

    def record_failure(self, tried_at: float) -> float:
        """Open, unless it was opened since that moment (of the monotonic clock) at which the failed attempt began;
        returns for how many seconds it is open now."""
        now = time.monotonic()
        if tried_at >= self._opened_at:
            self._opened_at, self._until = now, now + backoff_seconds(self.failures, *OPEN_SECONDS)
            self.failures += 1
        return max(0.0, self._until - now)

    def record_success(self) -> None:
        """Close."""
        self.failures, self._until = 0, 0.0


@dataclass
class Target:
    """Where mails go: those of `organisations`, or where `all_others` is set all but theirs."""

    name: str
    server: SmtpServer
    rate_limit: RateLimit
    organisations: Sequence[str]
    all_others: bool
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

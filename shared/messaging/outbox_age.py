"""The age of the oldest message that is not sent: looked up from time to time, and growing in between."""

import time

from shared.messaging import metrics, outbox
from shared.postgres.pool import Pool, transaction

LOOKED_UP_SECONDS = 15.0
# No message of a relay that works is so old.
WAITING_SECONDS = 5.0


class OutboxAge:
    """What the metric shows of one schema's outbox. A message that had waited for some seconds at the last look still
    waits, as far as anybody knows, also while the database is away."""

    def __init__(self, schema: str) -> None:
        self._seconds = 0.0
        self._at = time.monotonic()
        metrics.OUTBOX_AGE.labels(schema).set_function(self.read)

    async def look_up(self, pool: Pool) -> int:
        """Look it up; returns 0: there is nothing more to do."""
        async with transaction(pool) as tx:
            self._seconds, self._at = await outbox.unsent_seconds(tx), time.monotonic()
        return 0

    def read(self) -> float:
        """Its age in seconds, as far as it is known."""
        since = time.monotonic() - self._at if self._seconds > WAITING_SECONDS else 0.0
        return self._seconds + since

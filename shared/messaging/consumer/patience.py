"""For how long a failure is believed to pass by itself, though the database takes what a batch begins with."""

import time

# A quarter of an hour, as for a worker's items.
PASSING_SECONDS = 900.0
LEAST_TRIES = 3


class Patience:
    """Kept for one batch: since when its handlers have failed without a break, the database being well.

    A failure before a handler was called, or a record that was parked for it, makes it new: each such record costs a
    quarter of an hour, so that a table that somebody has locked costs few keys.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def renew(self) -> None:
        """Wait as long again."""
        self._since = None

    def is_over(self, tries: int) -> bool:
        """Whether the records are at fault, after so many tries in a row."""
        if self._since is None:
            self._since = time.monotonic()
        return tries >= LEAST_TRIES and time.monotonic() - self._since >= PASSING_SECONDS

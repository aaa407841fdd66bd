"""How long to wait before something is tried again: the one rule for all that retries."""

import random

# So many doublings of a millisecond are twelve days: whoever counts on needs no larger number.
MOST_DOUBLINGS = 30


def backoff_seconds(attempt: int, shortest: float, longest: float) -> float:
    """Seconds to wait after the `attempt`-th failure in a row, counted from 0: doubled each time from `shortest` to
    `longest`, and up to half less by chance, so that those who failed together don't come back together."""
    return min(longest, shortest * 2.0 ** min(attempt, MOST_DOUBLINGS)) * random.uniform(0.5, 1)

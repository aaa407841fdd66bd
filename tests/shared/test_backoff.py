"""Whoever retries waits longer after each failure, within bounds, and not in step with others."""

from hypothesis import given
from hypothesis import strategies as st

from shared.backoff import backoff_seconds

SECONDS = st.floats(0.001, 3600)


@given(st.integers(0, 10**9), SECONDS, SECONDS)
def test_no_wait_is_below_half_the_shortest_or_above_the_longest(
    attempt: int, one: float, other: float
) -> None:
    shortest, longest = sorted((one, other))

    assert shortest / 2 <= backoff_seconds(attempt, shortest, longest) <= longest


@given(st.integers(0, 10))
def test_the_wait_doubles_until_the_longest(attempt: int) -> None:
    waits = [backoff_seconds(attempt, 1, 2**6) for _ in range(200)]

    assert max(waits) <= min(2**attempt, 2**6) < 2.2 * min(waits)


def test_two_that_failed_together_come_back_apart() -> None:
    assert len({backoff_seconds(3, 1, 60) for _ in range(50)}) > 40

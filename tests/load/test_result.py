"""The judge finds each promise that wasn't kept, and nothing else."""

from dataclasses import replace

import pytest

from tests.load.result import build_result, percentile
from tests.load.table import describe, format_row
from tests.load.watch import Watch
from tests.load.wire import Answer

WELL = build_result(
    "well",
    [Answer("ok", 0.05)] * 200 + [Answer("overloaded", 0.2)] * 50,
    2.0,
    Watch([Answer("ok", 0.1)], [Answer("ok", 0.1)], [60.0, 90.0, 70.0]),
    calm_p99=0.04,
)


def test_refusals_that_are_soon_and_by_their_name_are_no_fault() -> None:
    assert list(WELL.find_faults()) == []
    assert format_row(describe(WELL)) == (
        "| well | 100 | 50 ms | 50 ms | 50 overloaded | 200 ms | 100 ms | 100 ms | 60, 90, 70 | passed |"
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"errors": {"overloaded": 1, "unavailable": 2}}, "answered otherwise"),
        ({"refusal_p99": 1.1}, "refused after 1.10 s"),
        ({"not_ready": {"status 503": 1}}, "not ready"),
        ({"slowest_alive": 0.6}, "probes waited"),
        ({"slowest_ready": 3.1}, "probes waited"),
        ({"megabytes": (60.0, 181.0, 60.0)}, "took 121 MB more"),
        ({"p99": 0.31}, "when calm 0.040 s"),
    ],
)
def test_each_broken_promise_is_found(change: dict[str, object], fault: str) -> None:
    found = list(replace(WELL, **change).find_faults())  # type: ignore[arg-type]
    assert len(found) == 1
    assert fault in found[0]


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([float(n) for n in range(100)], 99) == 99.0
    assert percentile([], 99) == 0.0

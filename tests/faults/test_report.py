"""The last line says what others read from it; a row's line says what was wrong."""

from dataclasses import replace

from tests.faults import report
from tests.faults.checker import Verdict
from tests.faults.frame import UNKNOWN, Result
from tests.faults.row import Row
from tests.faults.stage import Stage


async def nothing(_: Stage) -> None:
    """A row that does nothing."""


CLEAN = Result(
    Row(1, "nothing", nothing), 2.0, Verdict((), (), (), (), (), 3), 10, 2, 1, recoveries={"that": 1.5}
)
LOSING = replace(CLEAN, verdict=Verdict(("a is lost", "b is lost"), (), ("c twice",), (), ("d is dead",), 0))
BROKEN = replace(CLEAN, verdict=UNKNOWN, trouble="AssertionError: why")


def test_the_last_line_counts_rows_and_faults() -> None:
    told = report.last_line([CLEAN, LOSING, LOSING, BROKEN])

    assert told == "faults: 1 passed, 3 failed (lost 4, ghosts 0, duplicate effects 2, inversions 0, stuck 2)"


def test_all_clean_is_this_line() -> None:
    assert report.last_line([CLEAN]) == (
        "faults: 1 passed, 0 failed (lost 0, ghosts 0, duplicate effects 0, inversions 0, stuck 0)"
    )


def test_a_rows_line_says_what_was_wrong() -> None:
    assert "passed" in report.line(CLEAN)
    assert "10 operations (2 maybe, 1 of them done)" in report.line(CLEAN)
    assert "3 sent twice, recovery 1.5 s" in report.line(CLEAN)
    assert "a is lost" in report.line(LOSING)
    assert "AssertionError: why" in report.line(BROKEN)

"""The last line has the counts that others read; a row's line names what was wrong."""

from dataclasses import replace

from tests.faults import report
from tests.faults.checker import Verdict
from tests.faults.row import Row
from tests.faults.runner import UNCHECKED, Result
from tests.faults.stage import Stage


async def do_nothing(_: Stage) -> None:
    """A row that does nothing."""


CLEAN = Result(
    Row(1, "nothing", do_nothing), 2.0, Verdict((), (), (), (), (), 3), 10, 2, 1, recoveries={"that": 1.5}
)
LOSING = replace(CLEAN, verdict=Verdict(("a is lost", "b is lost"), (), ("c twice",), (), ("d is dead",), 0))
BROKEN = replace(CLEAN, verdict=UNCHECKED, trouble="AssertionError: why")


def test_the_last_line_counts_rows_and_faults() -> None:
    line = report.last_line([CLEAN, LOSING, LOSING, BROKEN])

    assert (
        line
        == "faults: 1 passed, 3 failed (lost 4, phantom writes 0, duplicate effects 2, reorderings 0, stuck 2)"
    )


def test_all_clean_is_this_line() -> None:
    assert report.last_line([CLEAN]) == (
        "faults: 1 passed, 0 failed (lost 0, phantom writes 0, duplicate effects 0, reorderings 0, stuck 0)"
    )


def test_a_rows_line_says_what_was_wrong() -> None:
    assert "passed" in report.row_lines(CLEAN)
    assert "10 operations (2 maybe, 1 of them done)" in report.row_lines(CLEAN)
    assert "3 sent twice, recovery 1.5 s" in report.row_lines(CLEAN)
    assert "a is lost" in report.row_lines(LOSING)
    assert "AssertionError: why" in report.row_lines(BROKEN)


def test_what_failed_is_said_once_more_at_the_end() -> None:
    said = report.closing_lines([CLEAN, BROKEN]).splitlines()

    assert "FAILED" in said[0]
    assert said[1].strip() == "AssertionError: why"
    assert said[-1] == report.last_line([CLEAN, BROKEN])
    assert len(said) == 3

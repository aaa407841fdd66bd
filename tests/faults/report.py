"""What the suite prints: a line for each row, one for all at the end, and the same as JSON."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.faults.runner import Result


def print_now(text: str) -> None:
    """Print it now, also where nobody sees a terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def row_lines(result: Result) -> str:
    """A row's line, with what was wrong below it."""
    counts = ", ".join(f"{name} {count}" for name, count in result.verdict.counts.items())
    slowest = max(result.recoveries.values(), default=0.0)
    summary = (
        f"{result.row.number:2} {'passed' if result.has_passed else 'FAILED'} {result.seconds:4.0f} s"
        f"  {result.operations:5} operations ({result.maybe} maybe, {result.done} of them done)  {counts};"
        f" {result.verdict.repeated} sent twice, recovery {slowest:.1f} s  {result.row.name}"
    )
    measured = [f"{name} {value:g}" for name, value in result.measurements.items()]
    wrong = [*([result.trouble] if result.trouble else []), *result.verdict.examples]
    return "\n".join([summary, *(f"     {below}" for below in [*measured, *wrong])])


def closing_lines(results: Sequence[Result]) -> str:
    """What failed, once more, since a log may be cut; and the line for all."""
    failed = [row_lines(result) for result in results if not result.has_passed]
    return "\n".join([*failed, last_line(results)])


def last_line(results: Sequence[Result]) -> str:
    """The line at the end, which others read."""
    passed = sum(result.has_passed for result in results)
    sums: Counter[str] = Counter()
    for result in results:
        sums.update(result.verdict.counts)
    names = ("lost", "phantom writes", "duplicate effects", "reorderings", "stuck")
    counts = ", ".join(f"{name} {sums[name]}" for name in names)
    return f"faults: {passed} passed, {len(results) - passed} failed ({counts})"


def results_as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Everything, for a file."""
    return [
        {
            "row": result.row.number,
            "name": result.row.name,
            "passed": result.has_passed,
            "seconds": round(result.seconds, 1),
            "operations": result.operations,
            "maybe": result.maybe,
            "maybe_done": result.done,
            **{name.replace(" ", "_"): count for name, count in result.verdict.counts.items()},
            "sent_twice": result.verdict.repeated,
            "recoveries": {name: round(seconds, 2) for name, seconds in result.recoveries.items()},
            "measurements": result.measurements,
            "trouble": result.trouble,
            "examples": result.verdict.examples,
        }
        for result in results
    ]

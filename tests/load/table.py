"""The results as a table of docs/reliability.md: `python -m tests.load.table` puts the last run's between its marks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.load.result import Result

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "tests" / "load" / "results.json"
BEGIN, END = "<!-- load: made by `python -m tests.load.table` -->\n", "<!-- end of the load -->\n"
HEAD = (
    "| | served a second | p50 | p99 | errors | refused within (p99) | slowest `/readyz` | slowest `/livez`"
    " | MB before, at most, after | |\n"
    "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |"
)


def describe(result: Result) -> dict[str, Any]:
    """A result as JSON keeps it."""
    return {**asdict(result), "faults": list(result.find_faults())}


def format_row(row: Mapping[str, Any]) -> str:
    """One line of the table."""
    cells = [
        row["name"],
        f"{row['served'] / row['seconds']:,.0f}",
        *(f"{row[name] * 1000:,.0f} ms" for name in ("p50", "p99")),
        _format_counts(row["errors"]),
        f"{row['refusal_p99'] * 1000:,.0f} ms" if row["refusal_p99"] else "",
        f"{row['slowest_ready'] * 1000:,.0f} ms{_format_not_ready(row['not_ready'])}",
        f"{row['slowest_alive'] * 1000:,.0f} ms",
        ", ".join(f"{size:,.0f}" for size in row["megabytes"]),
        "passed" if not row["faults"] else f"**failed**: {'; '.join(row['faults'])}",
    ]
    return f"| {' | '.join(cells)} |"


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _format_not_ready(counts: Mapping[str, int]) -> str:
    return f"; {sum(counts.values())} times not ready" if counts else ""


def write_page() -> None:
    """Put what the results say into the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{build_table(RESULTS)}\n{END}{after}", "utf-8")


def build_table(source: Path) -> str:
    """The table of a run, and of which day it is."""
    rows: Sequence[Mapping[str, Any]] = json.loads(source.read_text("utf-8"))
    day = datetime.fromtimestamp(source.stat().st_mtime, UTC).date()
    lines = "\n".join(format_row(row) for row in rows)
    return f"`make load`, {day}; all of it is in `tests/load/results.json`.\n\n{HEAD}\n{lines}\n"


if __name__ == "__main__":
    write_page()

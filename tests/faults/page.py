"""`python -m tests.faults.page`: puts the results of the last runs into docs/reliability.md, between its marks."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "tests" / "faults" / "results"
BEGIN, END = "<!-- results: made by `python -m tests.faults.page` -->\n", "<!-- end of the results -->\n"
KINDS = {"quick": "make faults", "long": "make faults-long"}
COUNTS = ("lost", "phantom_writes", "duplicate_effects", "reorderings", "stuck")
HEAD = (
    "| | what happens | operations (maybe) | lost | phantom writes | duplicate effects | reorderings | stuck"
    " | sent twice | recovery | |\n"
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def write_page() -> None:
    """Put what the result files say into the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{build_results(RESULTS)}\n{END}{after}", "utf-8")


def build_results(folder: Path) -> str:
    """The part of the page that is made from the result files in the folder; a kind without a file isn't shown."""
    parts = []
    for kind, command in KINDS.items():
        source = folder / f"{kind}.json"
        if source.exists():
            day = datetime.fromtimestamp(source.stat().st_mtime, UTC).date()
            parts.append(_build_part(json.loads(source.read_text("utf-8")), kind, command, f"{day}"))
    return "\n".join(parts)


def _build_part(results: Sequence[dict[str, Any]], kind: str, command: str, day: str) -> str:
    minutes = sum(result["seconds"] for result in results) / 60
    source = f"tests/faults/results/{kind}.json"
    origin = f"`{command}`, {day}; the rows took {minutes:.0f} minutes, added up; all of it is in `{source}`."
    rows = "\n".join(_format_row(result) for result in results)
    measured = "\n".join(f"- {line}" for result in results for line in _format_measurements(result))
    return f"### The {kind} rows\n\n{origin}\n\n{HEAD}\n{rows}\n{_measurements_section(measured)}"


def _format_row(result: dict[str, Any]) -> str:
    cells = [
        result["row"],
        result["name"],
        f"{result['operations']:,} ({result['maybe']})",
        *(result[count] for count in COUNTS),
        f"{result['sent_twice']:,}",
        f"{max(result['recoveries'].values(), default=0):.1f} s",
        "passed" if result["passed"] else "**failed**",
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _format_measurements(result: dict[str, Any]) -> list[str]:
    measured = "; ".join(f"{name}: {value:,.6g}" for name, value in result["measurements"].items())
    lines = [f"row {result['row']}: {measured}"] if measured else []
    return lines if result["passed"] else [*lines, f"row {result['row']} failed: {_failure_reasons(result)}"]


def _failure_reasons(result: dict[str, Any]) -> str:
    return "; ".join([*([result["trouble"]] if result["trouble"] else []), *result["examples"]])


def _measurements_section(measured: str) -> str:
    return f"\nMeasured besides:\n\n{measured}\n" if measured else ""


if __name__ == "__main__":
    write_page()

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
COUNTS = ("lost", "ghosts", "duplicate_effects", "inversions", "stuck")
HEAD = (
    "| | what happens | operations (maybe) | lost | ghosts | duplicate effects | inversions | stuck"
    " | sent twice | recovery | |\n"
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
)


def write() -> None:
    """Put what the result files say into the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{made(RESULTS)}\n{END}{after}", "utf-8")


def made(folder: Path) -> str:
    """The part of the page that is made from the result files in the folder; a kind without a file isn't shown."""
    parts = []
    for kind, command in KINDS.items():
        source = folder / f"{kind}.json"
        if source.exists():
            day = datetime.fromtimestamp(source.stat().st_mtime, UTC).date()
            parts.append(_part(json.loads(source.read_text("utf-8")), kind, command, f"{day}"))
    return "\n".join(parts)


def _part(results: Sequence[dict[str, Any]], kind: str, command: str, day: str) -> str:
    minutes = sum(result["seconds"] for result in results) / 60
    source = f"tests/faults/results/{kind}.json"
    said = f"`{command}`, {day}; the rows took {minutes:.0f} minutes, added up; its words are in `{source}`."
    rows = "\n".join(_row(result) for result in results)
    measured = "\n".join(f"- {line}" for result in results for line in _measured(result))
    return f"### The {kind} rows\n\n{said}\n\n{HEAD}\n{rows}\n{_beside(measured)}"


def _row(result: dict[str, Any]) -> str:
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


def _measured(result: dict[str, Any]) -> list[str]:
    figures = "; ".join(f"{name}: {value:,.6g}" for name, value in result["figures"].items())
    told = [f"row {result['row']}: {figures}"] if figures else []
    return told if result["passed"] else [*told, f"row {result['row']} failed: {_why(result)}"]


def _why(result: dict[str, Any]) -> str:
    return "; ".join([*([result["trouble"]] if result["trouble"] else []), *result["examples"]])


def _beside(measured: str) -> str:
    return f"\nMeasured besides:\n\n{measured}\n" if measured else ""


if __name__ == "__main__":
    write()

"""Results of several rounds: medians, and medians of the ratios within each round."""

from collections.abc import Sequence
from statistics import median
from typing import Any

Results = dict[str, Any]
LEDGER = ("lost", "duplicates", "reorderings", "phantom_writes", "repeated")
LEDGER_TITLES = tuple(name.replace("_", " ") for name in LEDGER)
NONE = "–"


def median_of(results: Results, *path: Any) -> float:
    """The median over the rounds of what lies under this path."""
    return median(float(value_at(measurements, path)) for measurements in results["rounds"])


def median_ratio(results: Results, above: Sequence[Any], below: Sequence[Any]) -> float:
    """The median over the rounds of one value divided by another of the same round."""
    return median(
        float(value_at(measurements, above)) / float(value_at(measurements, below))
        for measurements in results["rounds"]
    )


def first_round(results: Results) -> dict[str, Any]:
    """The first round: which parts there were."""
    parts: dict[str, Any] = results["rounds"][0]
    return parts


def ledger_sums(results: Results, name: str) -> list[str]:
    """The sums over the rounds of all that went wrong; a dash for what wasn't counted."""
    if "lost" not in first_round(results)[name]:
        return [NONE] * len(LEDGER)
    return [str(sum(measurements[name][what] for measurements in results["rounds"])) for what in LEDGER]


def ledger_cells(measurements: dict[str, Any]) -> list[str]:
    """All that went wrong in a part that was run once."""
    return [str(measurements[what]) for what in LEDGER]


def value_at(measurements: Any, path: Sequence[Any]) -> Any:
    """What lies under this path."""
    for step in path:
        measurements = measurements[step]
    return measurements

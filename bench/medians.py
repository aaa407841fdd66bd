"""Figures of several rounds: medians, and medians of the ratios within each round."""

from collections.abc import Sequence
from statistics import median
from typing import Any

Results = dict[str, Any]
LEDGER = ("lost", "duplicates", "inversions", "ghosts", "repeated")
NONE = "–"


def middle(results: Results, *path: Any) -> float:
    """The median over the rounds of what lies under this path."""
    return median(float(at(figures, path)) for figures in results["rounds"])


def ratio(results: Results, above: Sequence[Any], below: Sequence[Any]) -> float:
    """The median over the rounds of one figure divided by another of the same round."""
    return median(float(at(figures, above)) / float(at(figures, below)) for figures in results["rounds"])


def first(results: Results) -> dict[str, Any]:
    """The first round: which parts there were."""
    parts: dict[str, Any] = results["rounds"][0]
    return parts


def ledger(results: Results, name: str) -> list[str]:
    """The sums over the rounds of all that went wrong; a dash for what wasn't counted."""
    if "lost" not in first(results)[name]:
        return [NONE] * len(LEDGER)
    return [str(sum(figures[name][what] for figures in results["rounds"])) for what in LEDGER]


def once(figures: dict[str, Any]) -> list[str]:
    """All that went wrong in a part that was held once."""
    return [str(figures[what]) for what in LEDGER]


def at(figures: Any, path: Sequence[Any]) -> Any:
    """What lies under this path."""
    for step in path:
        figures = figures[step]
    return figures

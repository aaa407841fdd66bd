"""What a contest's results say: the table, the plot, the page, and the closing line."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- figures: made by `make bench` -->\n", "<!-- end of the figures -->\n"
LEDGER = ("lost", "duplicates", "inversions")

Results = dict[str, Any]


def middle(results: Results, *path: Any) -> float:
    """The median over the rounds of what lies under this path."""
    return median(_at(figures, path) for figures in results["rounds"])


def ratio(results: Results, above: Sequence[Any], below: Sequence[Any]) -> float:
    """The median over the rounds of one figure divided by another of the same round."""
    return median(_at(figures, above) / _at(figures, below) for figures in results["rounds"])


def line(results: Results) -> str:
    """The closing line."""
    ours, late, naive = ("ours", "rate"), "latency of ours", "latency of naive"
    said = (
        f"bench: drain {ratio(results, ours, ('serial', 'rate')):.2f} of the serial limit,"
        f" {ratio(results, ours, ('naive', 'rate')):.0f} times naive;"
        f" latency p50 {ratio(results, (late, 'p50'), (naive, 'p50')):.1f}"
        f" p99 {ratio(results, (late, 'p99'), (naive, 'p99')):.1f} times naive"
    )
    if "history" in results["rounds"][0]:
        said += f"; history {_history(results):.2f} times"
    return said


def table(results: Results) -> str:
    """All figures as Markdown tables."""
    return "\n\n".join((_drain(results), _stages(results), _latency(results), _others(results)))


def write(results: Results, source: Path) -> None:
    """Put the figures into the page, between its marks, and draw the plot."""
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    sizes = results["sizes"]
    told = (
        f"Measured on {results['at'][:10]} in {sizes['rounds']} rounds with a backlog of {sizes['backlog']:,} messages"
        f" (naive: {sizes['naive_backlog']:,}), from [`{source.name}`](../{source.relative_to(ROOT)}).\n"
        f"{machine}. {_load(results)}\n\n"
        f"![Messages a second](performance.svg)\n\n{table(results)}\n\n```\n{line(results)}\n```\n"
    )
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{told}\n{END}{after}", "utf-8")
    PLOT.write_text(plot(_bars(results)), "utf-8")


def plot(bars: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars with their figures, as SVG."""
    most = max(value for _, value in bars)
    rows = [
        f'<text x="250" y="{y + 15}" text-anchor="end">{name}</text>'
        f'<rect x="260" y="{y}" width="{max(value / most * 400, 1):.0f}" height="20" fill="{colour}"/>'
        f'<text x="{268 + value / most * 400:.0f}" y="{y + 15}">{value:,.0f}</text>'
        for y, colour, (name, value) in (
            (10 + 28 * number, "#1f5f8b" if number < 1 else "#9db7c9", bar) for number, bar in enumerate(bars)
        )
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {20 + 28 * len(bars)}"'
        ' font-family="sans-serif" font-size="14" fill="#333">\n'
        f'<rect width="760" height="{20 + 28 * len(bars)}" fill="#fff"/>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def _at(figures: Any, path: Sequence[Any]) -> float:
    for step in path:
        figures = figures[step]
    return float(figures)


def _load(results: Results) -> str:
    loads = [part["load"] for figures in results["rounds"] for part in figures.values()]
    return (
        f"The load average of the machine was between {min(loads)} and {max(loads)}, of which the contest itself makes"
        " about two: what exceeds that was other work on the same cores."
    )


def _bars(results: Results) -> list[tuple[str, float]]:
    stages = results["rounds"][0]["serial"]["stages"]
    names = {"ours": "ours, end to end", "serial": "serial limit", "naive": "naive"}
    drains = [(title, middle(results, name, "rate")) for name, title in names.items()]
    return drains + [(f"stage: {name}", middle(results, "serial", "stages", name)) for name in stages]


def _ledger(results: Results, *names: str) -> list[str]:
    return [str(sum(r[n].get(what, 0) for r in results["rounds"] for n in names)) for what in LEDGER]


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _drain(results: Results) -> str:
    head = ("drain", "messages/s", "of the serial limit", "CPU µs a message (owner + reader)", "MB", *LEDGER)
    rows = []
    for name in ("ours", "serial", "naive", "naive, receiving half"):
        first = results["rounds"][0][name]
        cpu = [f"{middle(results, name, 'cpu', n):.0f}" for n in range(len(first.get("cpu", ())))]
        rows.append(
            [
                {"serial": "the serial limit"}.get(name, name),
                f"{middle(results, name, 'rate'):,.0f}",
                f"{ratio(results, (name, 'rate'), ('serial', 'rate')):.3f}",
                " + ".join(dict.fromkeys(cpu)) or "–",
                " + ".join(str(size) for size in dict.fromkeys(first.get("memory", ()))) or "–",
                *(_ledger(results, name) if "lost" in first else ["–"] * 3),
            ]
        )
    return _rows(head, rows)


def _stages(results: Results) -> str:
    rows = [
        (name, f"{rate:,.0f}", f"{1e6 / rate:.1f}")
        for name in results["rounds"][0]["serial"]["stages"]
        for rate in (middle(results, "serial", "stages", name),)
    ]
    return _rows(("stage alone", "messages/s", "µs a message"), rows)


def _latency(results: Results) -> str:
    rows = []
    for who in ("ours", "naive"):
        name = f"latency of {who}"
        figures = [f"{middle(results, name, percentile):.1f} ms" for percentile in ("p50", "p99")]
        rows.append([who, *figures, *_ledger(results, name)])
    return _rows((f"commit → applied at {results['sizes']['rate']}/s", "p50", "p99", *LEDGER), rows)


def _others(results: Results) -> str:
    rows = [
        (
            "commands/s with relay and consumer running",
            f"{middle(results, 'commands', 'with messages'):,.0f}",
        ),
        ("commands/s without an outbox row", f"{middle(results, 'commands', 'without'):,.0f}"),
        ("with messages, of those without", f"{middle(results, 'commands', 'ratio'):.2f}"),
    ]
    if "history" in results["rounds"][0]:
        rows.append(
            (
                f"a message's cost with {results['sizes']['history']:,} old rows",
                f"{_history(results):.2f} times",
            )
        )
    return _rows(("further", "figure"), rows)


def _history(results: Results) -> float:
    return ratio(results, ("ours", "rate"), ("history", "rate"))

"""What a contest's results say: the closing line, and the page with its tables and its plot."""

from pathlib import Path

from bench.medians import Results, first_round, median_of, median_ratio
from bench.plot import draw_plot
from bench.tables import TITLES, build_tables, drained_contestants

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- results: made by `make bench` -->\n", "<!-- end of the results -->\n"


def closing_line(results: Results) -> str:
    """The closing line."""
    ours, late, naive = ("ours", "rate"), "latency of ours", "latency of naive"
    said = (
        f"bench: drain {median_ratio(results, ours, ('serial', 'rate')):.2f} of the serial limit,"
        f" {median_ratio(results, ours, ('naive', 'rate')):.0f} times naive;"
        f" latency p50 {median_ratio(results, (late, 'p50'), (naive, 'p50')):.1f}"
        f" p99 {median_ratio(results, (late, 'p99'), (naive, 'p99')):.1f} times naive"
    )
    if "history" in first_round(results):
        said += f"; history {median_ratio(results, ours, ('history', 'rate')):.2f} times"
    return said


def write_page(results: Results, source: Path) -> None:
    """Put the results into the page, between its marks, and draw the plot."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{build_page(results, source)}\n{END}{after}", "utf-8")
    bars = [
        (TITLES.get(name, name), median_of(results, name, "rate")) for name in drained_contestants(results)
    ]
    PLOT.write_text(draw_plot(bars), "utf-8")


def build_page(results: Results, source: Path) -> str:
    """The part of the page that is made from the results in `source`."""
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    sizes = results["sizes"]
    return (
        f"Measured on {results['at'][:10]} in {sizes['rounds']} rounds and {results['seconds'] / 60:.0f} minutes,"
        f" from [`{source.name}`](../{source.relative_to(ROOT)}).\n"
        f"{machine}. {_describe_load(results)}\n\n"
        f"![Messages a second, on a scale of powers of ten](performance.svg)\n\n{build_tables(results)}\n\n"
        f"```\n{closing_line(results)}\n```\n"
    )


def _describe_load(results: Results) -> str:
    loads = [part["load"] for measured in results["rounds"] for part in measured.values()]
    return (
        f"The load average of the machine was between {min(loads)} and {max(loads)}, of which the contest itself makes"
        " about two to three: what exceeds that was other work on the same cores."
    )

"""The tables of the page: every contestant, every condition, and where the CPU goes."""

from collections.abc import Sequence

from bench import conditions
from bench.commands import BARE, READER, RELAY, WRITERS
from bench.medians import LEDGER, NONE, Results, at, first, ledger, middle, once, ratio

DRAINS = ("ours", "serial", "faststream-outbox", "Watermill", "naive", "naive, receiving half")
RELAYS = ("ours", "faststream-outbox", "Watermill")
TITLES = {"serial": "the serial limit"}
PARTS = ("owner", "reader", "PostgreSQL", "Kafka")
PROCESSES = (WRITERS, RELAY, READER, "PostgreSQL", "Kafka")
LEAST_PERCENT = 2.0
CALM, BUSY = "calm latency of naive", "latency of naive"
LATENCIES = {
    "naive, calm": (CALM, CALM),
    "ours, calm": ("calm latency of ours", CALM),
    "naive": (BUSY, BUSY),
    "ours": ("latency of ours", BUSY),
    "ours, half of its maximum": ("latency at half", BUSY),
}


def drains(results: Results) -> list[str]:
    """The contestants that took part in draining a backlog."""
    return [name for name in DRAINS if name in first(results)]


def table(results: Results) -> str:
    """All figures as Markdown tables."""
    parts = [_drain, _cpu, _stages, _latency, _conditions, _kills, _commands, _further, _profile]
    if "memory" in results["once"]:
        parts.append(_memory)
    return "\n\n".join(part(results) for part in parts)


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _drain(results: Results) -> str:
    rows = [
        [
            TITLES.get(name, name),
            f"{first(results)[name].get('messages', results['sizes']['backlog']):,}",
            f"{middle(results, name, 'rate'):,.0f}",
            f"{ratio(results, (name, 'rate'), ('serial', 'rate')):.3f}",
            f"{ratio(results, (name, 'rate'), ('naive', 'rate')):.1f}",
            *ledger(results, name),
        ]
        for name in drains(results)
    ]
    return _rows(("drain", "messages", "a second", "of the serial limit", "times naive", *LEDGER), rows)


def _cpu(results: Results) -> str:
    rows = []
    for name in drains(results):
        figures = first(results)[name]
        if "cpu" in figures:
            taken = [
                f"{middle(results, name, 'cpu', part):,.0f}" if part in figures["cpu"] else NONE
                for part in PARTS
            ]
            memory = " + ".join(str(size) for size in figures["memory"])
            rows.append([TITLES.get(name, name), *taken, memory])
    return _rows(("CPU µs a message", *PARTS, "owner + reader, MB"), rows)


def _stages(results: Results) -> str:
    rows = [
        (name, f"{rate:,.0f}", f"{1e6 / rate:.1f}")
        for name in first(results)["serial"]["stages"]
        for rate in (middle(results, "serial", "stages", name),)
    ]
    return _rows(("stage alone", "messages a second", "µs a message"), rows)


def _latency(results: Results) -> str:
    rows = []
    for title, (name, naive) in LATENCIES.items():
        rows.append(
            [
                title,
                f"{middle(results, name, 'rate'):,.0f}",
                *(f"{middle(results, name, p):.1f} ms" for p in ("p50", "p99")),
                *(f"{ratio(results, (name, p), (naive, p)):.1f}" for p in ("p50", "p99")),
                f"{ratio(results, (name, 'p50'), (CALM, 'p50')):.1f}",
                *ledger(results, name),
            ]
        )
    head = ("commit → applied", "commands/s", "p50", "p99", "p50 times naive", "p99 times naive")
    return _rows((*head, "p50 times calm naive", *LEDGER), rows)


def _conditions(results: Results) -> str:
    rows = []
    for title in (conditions.EARLY, conditions.IDLE):
        for name in RELAYS:
            figures = results["once"].get(f"{title}: {name}")
            if figures:
                meanwhile = str(figures.get("while idle", NONE))
                rows.append([title, name, f"{figures['messages']:,}", meanwhile, *once(figures)])
    return _rows(("condition", "relay", "messages", "arrived while idle", *LEDGER), rows)


def _kills(results: Results) -> str:
    rows = [
        [name, str(figures["kills"]), f"{figures['messages']:,}", *once(figures)]
        for name in ("ours", "naive")
        for figures in (results["once"][f"killed: {name}"],)
    ]
    return _rows(("owner killed under commands", "times", "messages", *LEDGER), rows)


def _commands(results: Results) -> str:
    rows = []
    for title, figures in first(results)["commands"]["steps"].items():
        path = ("commands", "steps", title)
        taken = {
            part: middle(results, *path, "cpu", part) if part in figures["cpu"] else None
            for part in PROCESSES
        }
        rows.append(
            [
                title,
                f"{middle(results, *path, 'rate'):,.0f}",
                f"{ratio(results, (*path, 'rate'), ('commands', 'without')):.2f}",
                *(NONE if value is None else f"{value:,.0f}" for value in taken.values()),
                f"{sum(filter(None, taken.values())):,.0f}",
            ]
        )
    head = (
        "commands, each with",
        "a second",
        "of the first",
        *(f"µs {name}" for name in PROCESSES),
        "µs in all",
    )
    return _rows(head, rows)


def _further(results: Results) -> str:
    rows = [
        (
            "commands with messages, if a row cost nothing and its way what it costs in a drain",
            f"{_bound(results):.2f}",
        )
    ]
    if "history" in first(results):
        old = f"a message's cost with {results['sizes']['history']:,} old rows in outbox and inbox"
        rows.append((old, f"{ratio(results, ('ours', 'rate'), ('history', 'rate')):.2f} times"))
    return _rows(("further", "figure"), rows)


def _bound(results: Results) -> float:
    """What would be left of the commands on cores that are all busy: the CPU of a command, of that with a drain's."""
    bare, drained = _cpu_of(results, "commands", "steps", BARE.title), _cpu_of(results, "ours")
    return bare / (bare + drained)


def _cpu_of(results: Results, *path: str) -> float:
    """The CPU of all processes and servers together, in µs."""
    return sum(middle(results, *path, "cpu", part) for part in at(first(results), path)["cpu"])


def _memory(results: Results) -> str:
    figures = results["once"]["memory"]
    rows = [
        (f"{size:,}", *(f"{megabytes:.0f} MB" for megabytes in taken))
        for size, taken in zip(figures["backlogs"], figures["MB"], strict=True)
    ]
    return _rows(("largest memory after a backlog of", "relay", "consumer"), rows)


def _profile(results: Results) -> str:
    rows = []
    for process, part in {"relay": "owner", "consumer": "reader"}.items():
        whole = middle(results, "ours", "cpu", part)
        for library, percent in results["once"]["profile"][process].items():
            if percent >= LEAST_PERCENT:
                rows.append([f"{process}: {library}", f"{percent:.0f} %", f"{whole * percent / 100:.1f}"])
    return _rows(("ours, by what runs", "of the profile", "µs a message, so"), rows)

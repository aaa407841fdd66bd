"""The tables of the page: every contestant, every condition, and where the CPU goes."""

from collections.abc import Sequence

from bench import conditions
from bench.commands import BARE, READER, RELAY, WRITERS
from bench.medians import (
    LEDGER_TITLES,
    NONE,
    Results,
    first_round,
    ledger_cells,
    ledger_sums,
    median_of,
    median_ratio,
    value_at,
)

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


def drained_contestants(results: Results) -> list[str]:
    """The contestants that took part in draining a backlog."""
    return [name for name in DRAINS if name in first_round(results)]


def build_tables(results: Results) -> str:
    """All results as Markdown tables."""
    parts = [
        _drain_table,
        _cpu_table,
        _stages_table,
        _latency_table,
        _conditions_table,
        _kills_table,
        _commands_table,
        _further_table,
        _profile_table,
    ]
    if "memory" in results["once"]:
        parts.append(_memory_table)
    return "\n\n".join(part(results) for part in parts)


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _drain_table(results: Results) -> str:
    rows = [
        [
            TITLES.get(name, name),
            f"{first_round(results)[name].get('messages', results['sizes']['backlog']):,}",
            f"{median_of(results, name, 'rate'):,.0f}",
            f"{median_ratio(results, (name, 'rate'), ('serial', 'rate')):.3f}",
            f"{median_ratio(results, (name, 'rate'), ('naive', 'rate')):.1f}",
            *ledger_sums(results, name),
        ]
        for name in drained_contestants(results)
    ]
    return _markdown_table(
        ("drain", "messages", "a second", "of the serial limit", "times naive", *LEDGER_TITLES), rows
    )


def _cpu_table(results: Results) -> str:
    rows = []
    for name in drained_contestants(results):
        measured = first_round(results)[name]
        if "cpu" in measured:
            taken = [
                f"{median_of(results, name, 'cpu', part):,.0f}" if part in measured["cpu"] else NONE
                for part in PARTS
            ]
            memory = " + ".join(str(size) for size in measured["memory"])
            rows.append([TITLES.get(name, name), *taken, memory])
    return _markdown_table(("CPU µs a message", *PARTS, "owner + reader, MB"), rows)


def _stages_table(results: Results) -> str:
    rows = [
        (name, f"{rate:,.0f}", f"{1e6 / rate:.1f}")
        for name in first_round(results)["serial"]["stages"]
        for rate in (median_of(results, "serial", "stages", name),)
    ]
    return _markdown_table(("stage alone", "messages a second", "µs a message"), rows)


def _latency_table(results: Results) -> str:
    rows = []
    for title, (name, naive) in LATENCIES.items():
        rows.append(
            [
                title,
                f"{median_of(results, name, 'rate'):,.0f}",
                *(f"{median_of(results, name, p):.1f} ms" for p in ("p50", "p99")),
                *(f"{median_ratio(results, (name, p), (naive, p)):.1f}" for p in ("p50", "p99")),
                f"{median_ratio(results, (name, 'p50'), (CALM, 'p50')):.1f}",
                *ledger_sums(results, name),
            ]
        )
    head = ("commit → applied", "commands/s", "p50", "p99", "p50 times naive", "p99 times naive")
    return _markdown_table((*head, "p50 times calm naive", *LEDGER_TITLES), rows)


def _conditions_table(results: Results) -> str:
    rows = []
    for title in (conditions.EARLY, conditions.IDLE):
        for name in RELAYS:
            measured = results["once"].get(f"{title}: {name}")
            if measured:
                meanwhile = str(measured.get("while idle", NONE))
                rows.append([title, name, f"{measured['messages']:,}", meanwhile, *ledger_cells(measured)])
    return _markdown_table(("condition", "relay", "messages", "arrived while idle", *LEDGER_TITLES), rows)


def _kills_table(results: Results) -> str:
    rows = [
        [name, str(measured["kills"]), f"{measured['messages']:,}", *ledger_cells(measured)]
        for name in ("ours", "naive")
        for measured in (results["once"][f"killed: {name}"],)
    ]
    return _markdown_table(("owner killed under commands", "times", "messages", *LEDGER_TITLES), rows)


def _commands_table(results: Results) -> str:
    rows = []
    for title, measured in first_round(results)["commands"]["steps"].items():
        path = ("commands", "steps", title)
        taken = {
            part: median_of(results, *path, "cpu", part) if part in measured["cpu"] else None
            for part in PROCESSES
        }
        rows.append(
            [
                title,
                f"{median_of(results, *path, 'rate'):,.0f}",
                f"{median_ratio(results, (*path, 'rate'), ('commands', 'without')):.2f}",
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
    return _markdown_table(head, rows)


def _further_table(results: Results) -> str:
    rows = [
        (
            "commands with messages, if a row cost nothing and its way what it costs in a drain",
            f"{_commands_bound(results):.2f}",
        )
    ]
    if "history" in first_round(results):
        old = f"a message's cost with {results['sizes']['history']:,} old rows in outbox and inbox"
        rows.append((old, f"{median_ratio(results, ('ours', 'rate'), ('history', 'rate')):.2f} times"))
    return _markdown_table(("further", "value"), rows)


def _commands_bound(results: Results) -> float:
    """What would be left of the commands on cores that are all busy: the CPU of a command, of that with a drain's."""
    bare, drained = _cpu_of(results, "commands", "steps", BARE.title), _cpu_of(results, "ours")
    return bare / (bare + drained)


def _cpu_of(results: Results, *path: str) -> float:
    """The CPU of all processes and servers together, in µs."""
    return sum(median_of(results, *path, "cpu", part) for part in value_at(first_round(results), path)["cpu"])


def _memory_table(results: Results) -> str:
    measured = results["once"]["memory"]
    rows = [
        (f"{size:,}", *(f"{megabytes:.0f} MB" for megabytes in taken))
        for size, taken in zip(measured["backlogs"], measured["MB"], strict=True)
    ]
    return _markdown_table(("largest memory after a backlog of", "relay", "consumer"), rows)


def _profile_table(results: Results) -> str:
    rows = []
    for process, part in {"relay": "owner", "consumer": "reader"}.items():
        whole = median_of(results, "ours", "cpu", part)
        for library, percent in results["once"]["profile"][process].items():
            if percent >= LEAST_PERCENT:
                rows.append([f"{process}: {library}", f"{percent:.0f} %", f"{whole * percent / 100:.1f}"])
    return _markdown_table(("ours, by what runs", "of the profile", "µs a message, so"), rows)

"""The tables of the page: every contestant, every condition, and where the CPU goes."""

from collections.abc import Sequence

from bench import conditions
from bench.medians import LEDGER, NONE, Results, first, ledger, middle, once, ratio

DRAINS = ("ours", "serial", "faststream-outbox", "Watermill", "naive", "naive, receiving half")
RELAYS = ("ours", "faststream-outbox", "Watermill")
TITLES = {"serial": "the serial limit"}
SERVERS = ("PostgreSQL", "Kafka")
LEAST_PERCENT = 2.0


def drains(results: Results) -> list[str]:
    """The contestants that took part in draining a backlog."""
    return [name for name in DRAINS if name in first(results)]


def table(results: Results) -> str:
    """All figures as Markdown tables."""
    parts = [_drain, _cpu, _stages, _latency, _conditions, _kills, _others, _profile]
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
            own = [f"{middle(results, name, 'cpu', n):,.0f}" for n in range(len(figures["cpu"]))]
            rows.append(
                [
                    TITLES.get(name, name),
                    *(own if len(own) > 1 else [NONE, *own]),
                    *(_served(results, name, server) for server in SERVERS),
                    " + ".join(str(size) for size in figures["memory"]),
                ]
            )
    return _rows(("CPU µs a message", "owner", "reader", *SERVERS, "owner + reader, MB"), rows)


def _served(results: Results, name: str, server: str) -> str:
    if server not in first(results)[name]["servers"]:
        return NONE
    return f"{middle(results, name, 'servers', server):,.0f}"


def _stages(results: Results) -> str:
    rows = [
        (name, f"{rate:,.0f}", f"{1e6 / rate:.1f}")
        for name in first(results)["serial"]["stages"]
        for rate in (middle(results, "serial", "stages", name),)
    ]
    return _rows(("stage alone", "messages a second", "µs a message"), rows)


def _latency(results: Results) -> str:
    rows = []
    for title, name in {
        "naive": "latency of naive",
        "ours": "latency of ours",
        "ours, half": "latency at half",
    }.items():
        times = [ratio(results, (name, p), ("latency of naive", p)) for p in ("p50", "p99")]
        rows.append(
            [
                title,
                f"{middle(results, name, 'rate'):,.0f}",
                *(f"{middle(results, name, p):.1f} ms" for p in ("p50", "p99")),
                *(f"{value:.1f}" for value in times),
                *ledger(results, name),
            ]
        )
    head = ("commit → applied", "commands/s", "p50", "p99", "p50 times naive", "p99 times naive", *LEDGER)
    return _rows(head, rows)


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


def _others(results: Results) -> str:
    rows = [
        ("commands/s, relay and consumer running", f"{middle(results, 'commands', 'with messages'):,.0f}"),
        ("commands/s without an outbox row", f"{middle(results, 'commands', 'without'):,.0f}"),
        ("with messages, of those without", f"{middle(results, 'commands', 'ratio'):.2f}"),
    ]
    if "history" in first(results):
        old = f"a message's cost with {results['sizes']['history']:,} old rows in outbox and inbox"
        rows.append((old, f"{ratio(results, ('ours', 'rate'), ('history', 'rate')):.2f} times"))
    return _rows(("further", "figure"), rows)


def _memory(results: Results) -> str:
    figures = results["once"]["memory"]
    rows = [
        (f"{size:,}", *(f"{megabytes:.0f} MB" for megabytes in taken))
        for size, taken in zip(figures["backlogs"], figures["MB"], strict=True)
    ]
    return _rows(("largest memory after a backlog of", "relay", "consumer"), rows)


def _profile(results: Results) -> str:
    rows = []
    for number, process in enumerate(("relay", "consumer")):
        whole = middle(results, "ours", "cpu", number)
        for library, percent in results["once"]["profile"][process].items():
            if percent >= LEAST_PERCENT:
                rows.append([f"{process}: {library}", f"{percent:.0f} %", f"{whole * percent / 100:.1f}"])
    return _rows(("ours, by what runs", "of the profile", "µs a message, so"), rows)

"""`parked`: shows, replays and drops the messages that wait under parked keys."""

from collections import Counter
from typing import Annotated

import typer

from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import ParkedKey
from shared.operations.causes import Dropped, drop_cause, replay_cause
from shared.operations.replay import ReplayOutcome, replay_key
from shared.operations.session import find_definition, run_in_transaction, run_with_pool
from shared.operations.terminal import fail, print_table, report_progress, require_consent
from shared.runtime.service import Definition

Reason = Annotated[str, typer.Option(help="why; it is kept")]
Yes = Annotated[bool, typer.Option("--yes", help="don't ask")]

app = typer.Typer(help="Keys that wait for you.", no_args_is_help=True)


@app.command("list")
def list_causes(ctx: typer.Context) -> None:
    """Parked keys by cause."""
    rows = run_in_transaction(find_definition(ctx), parking.list_causes)
    print_table(
        ("cause", "reason", "topic", "keys", "messages", "since"), [tuple(row.values()) for row in rows]
    )


@app.command("show")
def show_keys(ctx: typer.Context, cause: str) -> None:
    """The keys of one cause."""
    rows = run_in_transaction(find_definition(ctx), lambda tx: parking.list_keys(tx, cause))
    print_table(
        ("topic", "key", "since", "reason", "messages", "partition", "offset"),
        [tuple(row.values()) for row in rows],
    )


@app.command("replay")
def replay_messages(ctx: typer.Context, topic: str, key: str) -> None:
    """Apply what waits under a key, in order."""
    service = find_definition(ctx)
    outcome, applied = run_with_pool(
        service, lambda pool: replay_key(pool, service.routes, ParkedKey(topic, key))
    )
    typer.echo(f"{outcome}: {applied} messages applied")
    raise typer.Exit(0 if outcome is ReplayOutcome.APPLIED else 1)


@app.command("drop")
def drop_messages(ctx: typer.Context, topic: str, key: str, reason: Reason) -> None:
    """Give up what waits under a key."""
    dropped = run_in_transaction(
        find_definition(ctx), lambda tx: parking.drop_key(tx, ParkedKey(topic, key), reason)
    )
    typer.echo(f"dropped {dropped} messages")


@app.command("replay-all")
def replay_all(ctx: typer.Context, cause: str, yes: Yes = False) -> None:
    """Apply what waits under all keys of one cause, key by key."""
    service = find_definition(ctx)
    _require_consent(service, "Replay", cause, yes)
    say = report_progress(_describe_outcomes)
    done = run_with_pool(service, lambda pool: replay_cause(pool, service.routes, cause, say))
    typer.echo(_describe_outcomes(done))
    raise typer.Exit(0 if not done[ReplayOutcome.STILL_PARKED] else 1)


@app.command("drop-all")
def drop_all(ctx: typer.Context, cause: str, reason: Reason, yes: Yes = False) -> None:
    """Give up what waits under all keys of one cause."""
    service = find_definition(ctx)
    _require_consent(service, "Drop", cause, yes)
    say = report_progress(_describe_dropped)
    done = run_with_pool(service, lambda pool: drop_cause(pool, cause, reason, say))
    typer.echo(_describe_dropped(done))


def _require_consent(service: Definition, verb: str, cause: str, yes: bool) -> None:
    keys, messages = run_in_transaction(service, lambda tx: parking.count_cause(tx, cause))
    if not keys:
        fail(f"No key is parked for {cause}.")
    require_consent(f"{verb} {messages:,} messages of {keys:,} keys, parked for {cause}?", yes=yes)


def _describe_outcomes(done: Counter[ReplayOutcome]) -> str:
    return ", ".join(f"{outcome}: {keys:,} keys" for outcome, keys in sorted(done.items()))


def _describe_dropped(done: Dropped) -> str:
    return f"dropped {done.messages:,} messages of {done.keys:,} keys"

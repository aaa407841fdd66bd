"""`parked`: shows, replays and drops the messages that wait under parked keys."""

from typing import Annotated

import typer

from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import ParkedKey
from shared.operations.replay import ReplayOutcome, replay_key
from shared.operations.session import find_definition, run_in_transaction, run_with_pool
from shared.operations.terminal import print_table

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
def drop_messages(
    ctx: typer.Context, topic: str, key: str, reason: Annotated[str, typer.Option(help="why; it is kept")]
) -> None:
    """Give up what waits under a key."""
    dropped = run_in_transaction(
        find_definition(ctx), lambda tx: parking.drop_key(tx, ParkedKey(topic, key), reason)
    )
    typer.echo(f"dropped {dropped} messages")

"""`failed`: shows what a worker has given up, and lets it be tried again."""

import typer

from shared.operations.session import find_definition, run_in_transaction
from shared.operations.terminal import print_table
from shared.runtime import attempts

app = typer.Typer(help="Items that a worker has given up.", no_args_is_help=True)


@app.command("list")
def list_items(ctx: typer.Context) -> None:
    """What has failed and waits for you."""
    rows = run_in_transaction(find_definition(ctx), attempts.list_failed)
    print_table(("worker", "item", "reason", "since"), [tuple(row.values()) for row in rows])


@app.command("retry")
def retry_items(ctx: typer.Context, worker: str, item: str) -> None:
    """Let an item be tried again, or all items of a worker ("all")."""
    which = None if item == "all" else item
    again = run_in_transaction(find_definition(ctx), lambda tx: attempts.retry_failed(tx, worker, which))
    typer.echo(f"{again} items are tried again")
    raise typer.Exit(0 if again else 1)

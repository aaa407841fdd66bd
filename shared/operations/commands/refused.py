"""`refused`: shows the records that a topic's owner can't have sent, ends the alarm, and has them read again."""

import typer

from shared.messaging.consumer import generations, refusals
from shared.operations.session import find_definition, require_known, run_in_transaction
from shared.operations.terminal import print_table
from shared.postgres.pool import Tx

app = typer.Typer(help="Records that were refused.", no_args_is_help=True)


@app.command("list")
def list_records(ctx: typer.Context) -> None:
    """What was refused, where it lies, and why."""
    rows = run_in_transaction(find_definition(ctx), refusals.list_refused)
    print_table(
        ("topic", "partition", "reason", "records", "first offset", "last offset", "since", "last"),
        [tuple(row.values()) for row in rows],
    )


@app.command("dismiss")
def dismiss_records(ctx: typer.Context) -> None:
    """Forget what was refused so far: the alarm ends."""
    dismissed = run_in_transaction(find_definition(ctx), refusals.dismiss_refused)
    typer.echo(f"dismissed {dismissed} records")


@app.command("accept")
def accept_generation(ctx: typer.Context, owner: str, generation: int) -> None:
    """Believe that an owner's database has reached this generation; then restart the service: it reads again from the
    first record that was refused."""
    service = find_definition(ctx)
    topics: dict[str, list[str]] = {}
    for topic in service.routes:
        topics.setdefault(topic.owner, []).append(topic.name)
    names = require_known(topics, owner, f"{service.name} reads nothing of")

    async def accept(tx: Tx) -> int:
        await generations.accept_generation(tx, owner, generation)
        return await refusals.read_again(tx, names)

    partitions = run_in_transaction(service, accept)
    typer.echo(f"{owner} has reached generation {generation}: {partitions} partitions are read again")

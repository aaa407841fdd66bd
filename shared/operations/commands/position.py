"""`position`: shows the consumer's positions, and lets it go on elsewhere."""

from typing import Annotated

import typer
from aiokafka import TopicPartition

from shared.messaging.consumer import positions
from shared.operations.session import find_definition, run_in_transaction
from shared.operations.terminal import print_table
from shared.postgres.pool import Tx

app = typer.Typer(help="The consumer's positions.", no_args_is_help=True)


@app.command("show")
def show_positions(ctx: typer.Context) -> None:
    """Where the consumer goes on, for each partition."""
    rows = run_in_transaction(find_definition(ctx), positions.list_positions)
    print_table(("topic", "partition", "next"), [tuple(row.values()) for row in rows])


@app.command("accept")
def accept_offset(
    ctx: typer.Context,
    topic: Annotated[str, typer.Argument(help="its name, or all")],
    partition: Annotated[str, typer.Argument(help="its number, or all")],
    offset: int,
) -> None:
    """Let the consumer go on at this offset, in one partition or in all; then restart it."""
    if partition != "all" and not partition.isdecimal():
        raise typer.BadParameter(f"{partition} is neither a number nor all", param_hint="PARTITION")
    if topic == "all" != partition:
        raise typer.BadParameter("of all topics it is all", param_hint="PARTITION")
    service = find_definition(ctx)

    async def accept(tx: Tx) -> int:
        if partition == "all":
            named = None if topic == "all" else topic
            return await positions.accept_offset_everywhere(tx, service.name, named, offset)
        return await positions.accept_offset(tx, service.name, TopicPartition(topic, int(partition)), offset)

    if not run_in_transaction(service, accept):
        raise typer.BadParameter(f"{service.name} has no position in {topic}/{partition}")
    typer.echo(f"{topic}/{partition} goes on at {offset}")

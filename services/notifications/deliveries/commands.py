"""`held`: shows, releases and drops what may have been sent before a restore."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import typer

from services.notifications.deliveries import holding
from services.notifications.deliveries.holding import START, Decide
from services.notifications.deliveries.kinds import Kind
from shared.operations.session import find_definition, run_in_transaction
from shared.operations.terminal import print_table
from shared.runtime.service import Definition

held = typer.Typer(help="Deliveries that may have been sent before a restore.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="DELIVERY", help="its id, or all")]
Since = Annotated[datetime | None, typer.Option(help="only of what happened since then, in UTC")]


@held.command("list")
def list_kinds(ctx: typer.Context) -> None:
    """What is held, by kind."""
    rows = run_in_transaction(find_definition(ctx), holding.list_kinds)
    print_table(("kind", "deliveries", "first", "last"), [tuple(row.values()) for row in rows])


@held.command("show")
def show_deliveries(ctx: typer.Context, kind: Kind) -> None:
    """The first thousand of a kind."""
    rows = run_in_transaction(find_definition(ctx), lambda tx: holding.list_deliveries(tx, kind))
    columns = ("delivery", "happened", "member", "organisation", "offer")
    print_table(columns, [tuple(row.values()) for row in rows])


@held.command("release")
def release_deliveries(ctx: typer.Context, delivery: Which, since: Since = None) -> None:
    """Send what is held: whoever got it before gets it again."""
    released = _decide(find_definition(ctx), holding.release_deliveries, _parse_which(delivery), since)
    typer.echo(f"released {released:,}")


@held.command("drop")
def drop_deliveries(ctx: typer.Context, delivery: Which, since: Since = None) -> None:
    """Give up what is held."""
    dropped = _decide(find_definition(ctx), holding.drop_deliveries, _parse_which(delivery), since)
    typer.echo(f"dropped {dropped:,}")


def _decide(service: Definition, decide: Decide, one: UUID | None, since: datetime | None) -> int:
    """One delivery, or all (None), a page a transaction: an interrupted one can be given again."""
    then = since and since.replace(tzinfo=UTC)
    if one is not None:
        return run_in_transaction(service, lambda tx: decide(tx, [one], then))
    total, after = 0, START
    while True:
        done, end = run_in_transaction(
            service, partial(holding.decide_page, decide=decide, after=after, since=then)
        )
        total += done
        if end is None:
            return total
        after = end


def _parse_which(delivery: str) -> UUID | None:
    if delivery == "all":
        return None
    try:
        return UUID(delivery)
    except ValueError:
        raise typer.BadParameter(f"{delivery} is neither an id nor all", param_hint="DELIVERY") from None

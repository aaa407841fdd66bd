"""`operators`: who operates the installation, and the very first of them, whom nobody else can invite."""

from typing import Annotated

import typer

from services.members.mandates import mandates
from services.members.mandates.mandates import GiveMandate
from shared.contracts.members import MandateRole
from shared.contracts.refusals import Refused
from shared.operations.session import find_definition, run_in_transaction
from shared.operations.terminal import fail, print_table
from shared.runtime.settings import SiteSettings

app = typer.Typer(help="Who operates the installation.", no_args_is_help=True)


@app.command("invite")
def invite_operator(
    ctx: typer.Context,
    email: str,
    language: Annotated[str, typer.Option(help="of the mail: en or de")] = "en",
) -> None:
    """Make whoever proves this address an operator; a mail says so."""
    site = SiteSettings().public_url
    command = GiveMandate(role=MandateRole.OPERATOR, email=email, language=language)
    try:
        run_in_transaction(find_definition(ctx), lambda tx: mandates.give_mandate(tx, None, command, site))
    except Refused as refused:
        fail(refused.detail)
    typer.echo("whoever signs in with this address is an operator")


@app.command("list")
def list_operators(ctx: typer.Context) -> None:
    """Who is an operator, and for which addresses a mandate waits."""
    rows = run_in_transaction(find_definition(ctx), mandates.list_operators)
    print_table(("mandate", "account", "address", "since"), rows)

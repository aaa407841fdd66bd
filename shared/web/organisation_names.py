"""What the organisations in a visitor's menu are called, where the service knows organisations."""

from fastapi import Depends, Request

from shared.access.identification import PATIENCE_SECONDS, PrincipalOrNone
from shared.contracts.members import MandateRole
from shared.postgres.pool import acquire_within


async def know_names(request: Request, visitor: PrincipalOrNone) -> None:
    """Read the names that the menu shows. Who coordinates one organisation finds it there without its name."""
    coordinated = visitor.organisations(MandateRole.COORDINATOR) if visitor else frozenset()
    if len(coordinated) > 1:
        async with acquire_within(request.app.state.pool, PATIENCE_SECONDS) as connection:
            rows = await connection.fetch(
                "SELECT organisation, name FROM organisation WHERE organisation = ANY($1)", list(coordinated)
            )
        request.state.organisation_names = {row["organisation"]: row["name"] for row in rows}


# For the routers of pages, in services that have a table of organisations.
NAMES_KNOWN = Depends(know_names)

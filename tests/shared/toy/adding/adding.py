"""A tally that is added by its name."""

from typing import Annotated

from pydantic import Field

from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command


class AddTally(Command):
    """A tally that nobody has counted yet."""

    name: Slug
    step: Annotated[int, Field(ge=1, le=10)] = 1


class Added(Contract):
    """The tally that was added."""

    name: str


async def add_tally(tx: Tx, command: AddTally) -> Added:
    """Add the tally. Raises `Refused` if there is one of this name."""
    added = await tx.fetchval(
        "INSERT INTO tally (tally, version) VALUES ($1, 0) ON CONFLICT DO NOTHING RETURNING tally",
        command.name,
    )
    if added is None:
        raise Refused("tally-known", "There is a tally of this name.")
    return Added(name=command.name)

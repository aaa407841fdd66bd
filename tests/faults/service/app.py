"""The service of the fault suite, put together."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from shared.access.serving import PUBLIC
from shared.contracts.model import Contract
from shared.messaging.published_state import PublishedState, lock_rows_of
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line
from shared.runtime.service import Definition, Service
from shared.runtime.settings import Settings
from shared.runtime.unit_of_work import UnitOfWorkDep
from tests.faults.service import entries

FOLDER = Path(__file__).parent
router = APIRouter(dependencies=[PUBLIC])


class NewEntry(Command):
    """An operation: `value` is its unique id. `padding` characters make its message larger."""

    value: Line
    padding: Annotated[int, Field(ge=0, le=2_000_000)] = 0


class Entered(Contract):
    """The version that the account has by it."""

    version: int


@router.post("/accounts/{account}/entries", status_code=201)
async def enter_value(
    account: Annotated[str, StringConstraints(max_length=50)], entry: NewEntry, work: UnitOfWorkDep
) -> Entered:
    """Write one entry into an account."""

    async def enter_in(tx: Tx) -> Entered:
        return Entered(version=await entries.enter_value(tx, account, entry.value, entry.padding))

    return await work.run_once(entry, enter_in, Entered)


DEFINITION = Definition(
    name=entries.SCHEMA,
    folder=FOLDER,
    routes=entries.ROUTES,
    published=lambda: [
        PublishedState(
            (entries.ACCOUNT,), lock_rows_of("bank_account", key="account"), entries.build_messages
        )
    ],
)


def compose() -> Service:
    """The service as its environment wants it."""
    return Service(**vars(DEFINITION), settings=Settings(), router=router)

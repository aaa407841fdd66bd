"""The toy service, put together."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints

from shared.contracts.model import Contract
from shared.postgres.pool import Tx
from shared.runtime.service import Definition, Service
from shared.runtime.settings import Settings
from shared.runtime.unit_of_work import UnitOfWorkDep
from tests.shared.toy import tallies

FOLDER = Path(__file__).parent
router = APIRouter()


class Raised(Contract):
    """The version of a tally that went up."""

    version: int


@router.post("/tallies/{tally}", status_code=201)
async def count_up(tally: Annotated[str, StringConstraints(max_length=50)], work: UnitOfWorkDep) -> Raised:
    """Raise a tally by one."""

    async def raised(tx: Tx) -> Raised:
        return Raised(version=await tallies.count_up(tx, tally))

    return await work.run_once(None, raised, Raised)


@router.get("/failures/{words}")
async def fail(words: str, more: str) -> None:
    """Fail as a defect does: its message quotes what was sent."""
    raise ValueError(f"{words} {more}")


DEFINITION = Definition(name="toy", folder=FOLDER, routes=tallies.ROUTES)


def compose() -> Service:
    """The service as its environment wants it."""
    return Service(**vars(DEFINITION), settings=Settings(), router=router)

"""HTTP API of likely doubles: listing pairs, and deciding on them."""

from uuid import UUID

from fastapi import APIRouter

from services.members.duplicates import duplicates
from services.members.duplicates.duplicates import Decide, Decided, Double
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/doubles")
async def list_doubles(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Double]:
    """Pairs of members who may be one person and on whom nobody has decided, the likeliest first."""
    async with work.transaction() as tx:
        return await duplicates.page(tx, paging)


@router.post("/doubles/{double}/decision")
async def decide_double(double: UUID, command: Decide, work: UnitOfWorkDep) -> Decided:
    """Decide on a pair; it isn't listed again. A later decision replaces this one."""
    async with work.transaction() as tx:
        return await duplicates.decide(tx, double, command)

"""HTTP API of statistics."""

from fastapi import APIRouter

from services.members.statistics import counts
from services.members.statistics.counts import Figures
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Counts without persons."""
    async with work.transaction() as tx:
        return await counts.read(tx)

"""The HTTP API of statistics: counts without persons."""

from fastapi import APIRouter

from services.notifications.statistics import counts
from services.notifications.statistics.counts import Figures
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Notifications by kind and state, without persons."""
    async with work.transaction() as tx:
        return await counts.figures(tx)

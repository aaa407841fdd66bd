"""The HTTP API of the service's statistics."""

from fastapi import APIRouter

from services.events.statistics import counts
from services.events.statistics.counts import Figures
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Offers and registrations by state, without persons."""
    async with work.transaction() as tx:
        return await counts.figures(tx)

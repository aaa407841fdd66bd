"""The HTTP API of the service's statistics."""

from fastapi import APIRouter

from services.events.statistics import counts
from services.events.statistics.counts import EventStatistics
from shared.access.serving import PUBLIC
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[PUBLIC])


@router.get("/statistics")
async def read_statistics(work: UnitOfWorkDep) -> EventStatistics:
    """Offers and registrations by state, without persons."""
    async with work.transaction() as tx:
        return await counts.count_all(tx)

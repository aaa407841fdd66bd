"""HTTP API of statistics."""

from fastapi import APIRouter

from services.members.statistics import counts
from services.members.statistics.counts import MemberStatistics
from shared.access.serving import PUBLIC
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[PUBLIC])


@router.get("/statistics")
async def read_statistics(work: UnitOfWorkDep) -> MemberStatistics:
    """Counts without persons."""
    async with work.transaction() as tx:
        return await counts.count_all(tx)

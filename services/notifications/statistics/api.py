"""The HTTP API of statistics: counts without persons."""

from fastapi import APIRouter

from services.notifications.statistics import counts
from services.notifications.statistics.counts import NotificationStatistics
from shared.access.serving import PUBLIC
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[PUBLIC])


@router.get("/statistics")
async def read_statistics(work: UnitOfWorkDep) -> NotificationStatistics:
    """Notifications by kind and state, without persons."""
    async with work.transaction() as tx:
        return await counts.count_all(tx)

"""The HTTP API of statistics: counts, and the balance between countries."""

from fastapi import APIRouter

from services.matching.statistics import balances, counts
from services.matching.statistics.balances import CountryBalance
from services.matching.statistics.counts import MatchingStatistics
from shared.access.serving import PUBLIC
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[PUBLIC])


@router.get("/balance")
async def list_balances(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[CountryBalance]:
    """Who asks whom, by pairs of countries."""
    async with work.transaction() as tx:
        return await balances.list_balances(tx, paging)


@router.get("/statistics")
async def read_statistics(work: UnitOfWorkDep) -> MatchingStatistics:
    """Counts without persons."""
    async with work.transaction() as tx:
        return await counts.count_all(tx)

"""The HTTP API of statistics: counts, and the balance between countries."""

from fastapi import APIRouter

from services.matching.statistics import balance as balances
from services.matching.statistics import counts
from services.matching.statistics.balance import Balance
from services.matching.statistics.counts import Figures
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/balance")
async def balance(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Balance]:
    """Who asks whom, by pairs of countries."""
    async with work.transaction() as tx:
        return await balances.balance(tx, paging)


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Counts without persons."""
    async with work.transaction() as tx:
        return await counts.figures(tx)

"""The HTTP API of candidates."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.ranking import candidates
from services.matching.ranking.candidates import CandidatePage
from shared.access.serving import SIGNED_IN
from shared.runtime.paging import PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[SIGNED_IN])


@router.get("/requests/{request}/candidates")
async def rank_candidates(request: UUID, work: UnitOfWorkDep, paging: PageRequestDep) -> CandidatePage:
    """Who may be proposed, the best first, with the reasons; and why others may not."""
    async with work.transaction() as tx:
        return await candidates.list_candidates(tx, request, paging)

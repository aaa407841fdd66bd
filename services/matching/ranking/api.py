"""The HTTP API of candidates."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.ranking import candidates
from services.matching.ranking.candidates import CandidatePage
from shared.access.serving import ContactPerson
from shared.runtime.paging import PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/requests/{request}/candidates")
async def rank_candidates(
    request: UUID, asker: ContactPerson, work: UnitOfWorkDep, paging: PageRequestDep
) -> CandidatePage:
    """Who may be proposed, the best first, with the reasons; and why others may not."""
    async with work.transaction() as tx:
        return await candidates.list_candidates(tx, asker, request, paging)

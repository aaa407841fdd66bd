"""The HTTP API of proposals and their answers."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.proposals import proposals
from services.matching.proposals.proposals import Accept, Propose, Proposed, Refuse
from services.matching.requests.requests import Standing
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/requests/{request}/proposals", status_code=201)
async def propose(request: UUID, command: Propose, work: UnitOfWorkDep) -> Proposed:
    """Propose an adviser."""
    return await work.run_once(lambda tx: proposals.propose(tx, request, command), Proposed)


@router.post("/proposals/{proposal}/acceptance")
async def accept(proposal: UUID, command: Accept, work: UnitOfWorkDep) -> Standing:
    """The adviser accepts, if a place is left."""
    async with work.transaction() as tx:
        return await proposals.accept(tx, proposal, command)


@router.post("/proposals/{proposal}/refusal")
async def refuse(proposal: UUID, command: Refuse, work: UnitOfWorkDep) -> Standing:
    """The adviser declines."""
    async with work.transaction() as tx:
        return await proposals.refuse(tx, proposal, command)

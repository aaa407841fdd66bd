"""The HTTP API of proposals and their answers."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.proposals import proposals
from services.matching.proposals.proposals import (
    AcceptProposal,
    CreatedProposal,
    DeclineProposal,
    ProposeAdviser,
)
from services.matching.requests.requests import RequestStatus
from shared.access.serving import SIGNED_IN
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[SIGNED_IN])


@router.post("/requests/{request}/proposals", status_code=201)
async def propose_adviser(request: UUID, command: ProposeAdviser, work: UnitOfWorkDep) -> CreatedProposal:
    """Propose an adviser."""
    return await work.run_once(
        command, lambda tx: proposals.propose_adviser(tx, request, command), CreatedProposal
    )


@router.post("/proposals/{proposal}/acceptance")
async def accept_proposal(proposal: UUID, command: AcceptProposal, work: UnitOfWorkDep) -> RequestStatus:
    """The adviser accepts, unless the capacity is reached."""
    async with work.transaction() as tx:
        return await proposals.accept_proposal(tx, proposal, command)


@router.post("/proposals/{proposal}/refusal")
async def decline_proposal(proposal: UUID, command: DeclineProposal, work: UnitOfWorkDep) -> RequestStatus:
    """The adviser declines, or steps back."""
    async with work.transaction() as tx:
        return await proposals.decline_proposal(tx, proposal, command)

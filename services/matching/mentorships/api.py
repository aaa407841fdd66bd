"""The HTTP API of mentorships."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.mentorships import mentorships
from services.matching.requests.requests import RequestStatus
from shared.access.serving import Member
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/requests/{request}/agreement")
async def agree_to_mentorship(request: UUID, asker: Member, work: UnitOfWorkDep) -> RequestStatus:
    """The requester agrees; the mentorship begins."""
    async with work.transaction() as tx:
        return await mentorships.agree_to_mentorship(tx, asker, request)


@router.post("/requests/{request}/end")
async def end_mentorship(request: UUID, asker: Member, work: UnitOfWorkDep) -> RequestStatus:
    """End a request or a mentorship."""
    async with work.transaction() as tx:
        return await mentorships.end_mentorship(tx, asker, request)

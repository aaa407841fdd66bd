"""The HTTP API of mentorships."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.mentorships import mentorships
from services.matching.mentorships.mentorships import AgreeToMentorship, EndMentorship
from services.matching.requests.requests import RequestStatus
from shared.access.serving import SIGNED_IN
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[SIGNED_IN])


@router.post("/requests/{request}/agreement")
async def agree_to_mentorship(
    request: UUID, command: AgreeToMentorship, work: UnitOfWorkDep
) -> RequestStatus:
    """The requester agrees; the mentorship begins."""
    async with work.transaction() as tx:
        return await mentorships.agree_to_mentorship(tx, request, command)


@router.post("/requests/{request}/end")
async def end_mentorship(request: UUID, command: EndMentorship, work: UnitOfWorkDep) -> RequestStatus:
    """End a request or a mentorship."""
    async with work.transaction() as tx:
        return await mentorships.end_mentorship(tx, request, command)

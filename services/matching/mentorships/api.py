"""The HTTP API of mentorships."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.mentorships import mentorships
from services.matching.mentorships.mentorships import Agree, End
from services.matching.requests.requests import Standing
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/requests/{request}/agreement")
async def agree(request: UUID, command: Agree, work: UnitOfWorkDep) -> Standing:
    """The requester agrees; the mentorship begins."""
    async with work.transaction() as tx:
        return await mentorships.agree(tx, request, command)


@router.post("/requests/{request}/end")
async def end(request: UUID, command: End, work: UnitOfWorkDep) -> Standing:
    """End a request or a mentorship."""
    async with work.transaction() as tx:
        return await mentorships.end(tx, request, command)

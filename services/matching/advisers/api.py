"""The HTTP API of advisers."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.advisers import advisers
from services.matching.advisers.advisers import AdviserCapacity, SetCapacity
from shared.access.serving import Member
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.put("/advisers/{member}")
async def set_capacity(
    member: UUID, command: SetCapacity, asker: Member, work: UnitOfWorkDep
) -> AdviserCapacity:
    """Set how many mentorships the asker takes on at a time."""
    async with work.transaction() as tx:
        return await advisers.set_capacity(tx, asker, member, command)

"""The HTTP API of advisers."""

from uuid import UUID

from fastapi import APIRouter

from services.matching.advisers import advisers
from services.matching.advisers.advisers import AdviserCapacity, SetCapacity
from shared.access.serving import SIGNED_IN
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[SIGNED_IN])


@router.put("/advisers/{member}")
async def set_capacity(member: UUID, command: SetCapacity, work: UnitOfWorkDep) -> AdviserCapacity:
    """Set how many mentorships an adviser takes on at a time."""
    async with work.transaction() as tx:
        return await advisers.set_capacity(tx, member, command)

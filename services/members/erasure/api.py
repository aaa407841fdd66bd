"""HTTP API of erasure: the order to erase a member everywhere."""

from uuid import UUID

from fastapi import APIRouter

from services.members.erasure import erasure
from services.members.members.dependencies import AudienceIdsDep
from shared.contracts.members import Erasure
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.delete("/members/{member}", status_code=202)
async def order_erasure(member: UUID, work: UnitOfWorkDep, audience_ids: AudienceIdsDep) -> Erasure:
    """Erase a member everywhere. A repeat gets the first answer."""
    async with work.transaction() as tx:
        return await erasure.order_erasure(tx, audience_ids, member)

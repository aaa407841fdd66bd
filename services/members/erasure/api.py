"""HTTP API of erasure: the order to erase a member everywhere, and the orders that aren't carried out yet."""

from uuid import UUID

from fastapi import APIRouter

from services.members.erasure import erasure, orders
from services.members.erasure.orders import ErasingService, OpenOrder
from services.members.members.dependencies import AudienceIdsDep
from shared.access.serving import MemberOrOperator, Operator
from shared.contracts.members import Erasure
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.delete("/members/{member}", status_code=202)
async def order_erasure(
    member: UUID, asker: MemberOrOperator, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> Erasure:
    """Erase oneself everywhere, or as an operator any member. A repeat gets the first answer; the order is given again
    to whoever hasn't reported that it is carried out."""
    async with work.transaction() as tx:
        return await erasure.order_asked(tx, asker, audience_ids, member)


@router.get("/erasures")
async def list_open_orders(
    asker: Operator, work: UnitOfWorkDep, paging: PageRequestDep, service: ErasingService | None = None
) -> Page[OpenOrder]:
    """Orders to erase that a service hasn't reported as carried out."""
    async with work.transaction() as tx:
        return await orders.list_open(tx, service, paging)

"""The HTTP API of desks."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.matching.desks import desks
from services.matching.desks.desks import Desk, GiveDesk, StaffDesk
from shared.access.serving import SIGNED_IN, CoordinatorOrOperator, Operator
from shared.contracts.model import Slug
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

SlugPath = Annotated[Slug, Path()]


@router.put("/desks/{region}")
async def staff_desk(
    region: SlugPath, command: StaffDesk, asker: CoordinatorOrOperator, work: UnitOfWorkDep
) -> Desk:
    """Change who sits at a region's desk; operators open it."""
    async with work.transaction() as tx:
        return await desks.staff_desk(tx, asker, region, command)


@router.put("/desks/{region}/organisation")
async def give_desk(region: SlugPath, command: GiveDesk, _asker: Operator, work: UnitOfWorkDep) -> Desk:
    """Give a region's desk to the organisation whose coordinators staff it."""
    async with work.transaction() as tx:
        return await desks.give_desk(tx, region, command)


@router.get("/desks/{region}", dependencies=[SIGNED_IN])
async def read_desk(region: SlugPath, work: UnitOfWorkDep) -> Desk:
    """Who sits at a region's desk."""
    async with work.transaction() as tx:
        return await desks.read_desk(tx, region)

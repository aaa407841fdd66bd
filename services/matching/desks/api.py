"""The HTTP API of desks."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.matching.desks import desks
from services.matching.desks.desks import Desk, StaffDesk
from shared.access.serving import SIGNED_IN
from shared.contracts.model import Slug
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter(dependencies=[SIGNED_IN])

SlugPath = Annotated[Slug, Path()]


@router.put("/desks/{region}")
async def staff_desk(region: SlugPath, command: StaffDesk, work: UnitOfWorkDep) -> Desk:
    """Open a region's desk, or change who sits at it."""
    async with work.transaction() as tx:
        return await desks.staff_desk(tx, region, command)


@router.get("/desks/{region}")
async def read_desk(region: SlugPath, work: UnitOfWorkDep) -> Desk:
    """Who sits at a region's desk."""
    async with work.transaction() as tx:
        return await desks.read_desk(tx, region)

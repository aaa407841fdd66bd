"""HTTP API of organisations and their programmes."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.members.organisations import organisations
from services.members.organisations.organisations import DescribeOrganisation, NameProgramme
from shared.access.serving import PUBLIC, CoordinatorOrOperator
from shared.contracts.members import Organisation
from shared.contracts.model import Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

SlugPath = Annotated[Slug, Path()]


@router.get("/organisations", dependencies=[PUBLIC])
async def list_organisations(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Organisation]:
    """Organisations by their slug."""
    async with work.transaction() as tx:
        return await organisations.list_organisations(tx, paging)


@router.put("/organisations/{organisation}")
async def describe_organisation(
    organisation: SlugPath, command: DescribeOrganisation, asker: CoordinatorOrOperator, work: UnitOfWorkDep
) -> Organisation:
    """Add an organisation, or change what is known of it."""
    async with work.transaction() as tx:
        return await organisations.describe_organisation(tx, asker, organisation, command)


@router.put("/organisations/{organisation}/programmes/{programme}", status_code=204)
async def name_programme(
    organisation: SlugPath,
    programme: SlugPath,
    command: NameProgramme,
    asker: CoordinatorOrOperator,
    work: UnitOfWorkDep,
) -> None:
    """Add a programme, or change its name."""
    async with work.transaction() as tx:
        await organisations.name_programme(tx, asker, organisation, programme, command)

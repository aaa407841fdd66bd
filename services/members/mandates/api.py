"""HTTP API of mandates: giving them, taking them back, and who has which."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.members.mandates import mandates
from services.members.mandates.mandates import GiveMandate, ListedMandate
from shared.access.serving import CoordinatorOrOperator
from shared.contracts.model import Slug
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/mandates", status_code=201)
async def give_mandate(
    command: GiveMandate, asker: CoordinatorOrOperator, work: UnitOfWorkDep, request: Request
) -> ListedMandate:
    """Give a mandate: to an account at once, to an address when whoever has it signs in, after a mail."""
    work.acts_for(command.organisation)
    async with work.transaction() as tx:
        return await mandates.give_mandate(tx, asker, command, request.app.state.origin)


@router.get("/mandates")
async def list_mandates(
    asker: CoordinatorOrOperator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    organisation: Annotated[Slug | None, Query(description="without it: operators")] = None,
) -> Page[ListedMandate]:
    """Who has which mandate, and which wait."""
    async with work.transaction() as tx:
        return await mandates.list_mandates(tx, asker, organisation or "", paging)


@router.delete("/mandates/{mandate}", status_code=204)
async def take_back_mandate(mandate: UUID, asker: CoordinatorOrOperator, work: UnitOfWorkDep) -> None:
    """Take a mandate back. A repeat changes nothing."""
    async with work.transaction() as tx:
        await mandates.take_back_mandate(tx, asker, mandate)

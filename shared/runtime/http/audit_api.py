"""The audit over HTTP: operators read all of it, coordinators what was done for their organisations."""

from typing import Annotated

from fastapi import APIRouter, Query

from shared.access.serving import CoordinatorOrOperator
from shared.contracts.members import MandateRole
from shared.contracts.model import Slug
from shared.runtime import audit
from shared.runtime.audit import AuditEntry
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/audit")
async def list_audit(
    asker: CoordinatorOrOperator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    organisation: Annotated[Slug | None, Query(description="of this one alone")] = None,
) -> Page[AuditEntry]:
    """Who did what for whom, the newest first: of all for operators, of their own organisations for coordinators."""
    own = None if asker.is_operator else asker.organisations(MandateRole.COORDINATOR)
    if organisation is not None:
        own = frozenset({organisation}) if own is None else own & {organisation}
    async with work.transaction() as tx:
        return await audit.list_entries(tx, None if own is None else sorted(own), paging)

"""HTTP API of duplicate candidates: listing pairs, and deciding on them."""

from uuid import UUID

from fastapi import APIRouter

from services.members.duplicates import duplicates
from services.members.duplicates.duplicates import DecideDuplicate, DuplicateCandidate, DuplicateDecision
from shared.access.serving import CoordinatorOrOperator
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.get("/duplicates")
async def list_duplicates(
    asker: CoordinatorOrOperator, work: UnitOfWorkDep, paging: PageRequestDep
) -> Page[DuplicateCandidate]:
    """Pairs of members who may be one person and on whom nobody has decided, the likeliest first: to an operator all,
    to a coordinator those of whom both are members of their organisations.

    Who joins is compared with the 30 most similar ones of those who stand next to them, and with the likeliest 5 they
    are listed. So of a frequent name not all pairs are: `namesakes` says how many others have it, up to 100.
    """
    async with work.transaction() as tx:
        return await duplicates.list_duplicates(tx, asker, paging)


@router.post("/duplicates/{duplicate}/decision")
async def decide_duplicate(
    duplicate: UUID, command: DecideDuplicate, asker: CoordinatorOrOperator, work: UnitOfWorkDep
) -> DuplicateDecision:
    """Decide on a pair; it isn't listed again. A later decision replaces this one."""
    async with work.transaction() as tx:
        return await duplicates.decide_duplicate(tx, asker, duplicate, command)

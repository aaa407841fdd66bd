"""HTTP API of members: joining, profiles, and finding one by the id in an office's own list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.members.members import joining, profiles
from services.members.members.dependencies import IdentitiesDep
from services.members.members.joining import Join, Joined
from services.members.members.profiles import Found
from shared.contracts.members import Profile
from shared.contracts.model import Slug
from shared.runtime.commands import Line
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/members", status_code=201)
async def join(command: Join, work: UnitOfWorkDep, identities: IdentitiesDep, response: Response) -> Joined:
    """Make a member, or where the e-mail is known already an affiliation of one."""
    joined = await work.run_once(lambda tx: joining.join(tx, identities, command), Joined)
    response.headers["Location"] = f"/members/{joined.member}"
    return joined


@router.get("/members")
async def list_members(
    work: UnitOfWorkDep,
    identities: IdentitiesDep,
    paging: PageRequestDep,
    organisation: Annotated[Slug, Query()],
    reference: Annotated[Line | None, Query(description="the id in the organisation's own list")] = None,
) -> Page[Found]:
    """An organisation's members by ids only; with `reference` those with this id in its own list."""
    async with work.transaction() as tx:
        return await profiles.page(tx, identities, organisation, reference, paging)


@router.get("/members/{member}")
async def read_profile(member: UUID, work: UnitOfWorkDep, identities: IdentitiesDep) -> Profile:
    """All that is known of one member."""
    async with work.transaction() as tx:
        return await profiles.profile(tx, identities, member)

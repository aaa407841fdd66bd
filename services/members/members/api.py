"""HTTP API of members: joining, profiles, and finding one by the id in an office's own list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.members.members import joining, profiles
from services.members.members.dependencies import AudienceIdsDep
from services.members.members.joining import JoinedMember, JoinMember
from services.members.members.profiles import ListedMember
from shared.access.serving import Coordinator, MemberOrCoordinator
from shared.contracts.members import Profile
from shared.contracts.model import Slug
from shared.runtime.commands import Line
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()


@router.post("/members", status_code=201)
async def join_member(
    command: JoinMember,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
    response: Response,
) -> JoinedMember:
    """Make a member, or where the e-mail is known already an affiliation of one."""
    work.acts_for(command.organisation)
    joined = await work.run_once(
        command, lambda tx: joining.join_member(tx, asker, audience_ids, command), JoinedMember
    )
    response.headers["Location"] = f"/members/{joined.member}"
    return joined


@router.get("/members")
async def list_members(
    asker: Coordinator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    organisation: Annotated[Slug, Query()],
    reference: Annotated[Line | None, Query(description="the id in the organisation's own list")] = None,
) -> Page[ListedMember]:
    """An organisation's members by ids only; with `reference` those with this id in its own list."""
    async with work.transaction() as tx:
        return await profiles.list_members(tx, asker, organisation, reference, paging)


@router.get("/members/{member}", response_model_exclude={"public_id"})
async def read_profile(
    member: UUID, asker: MemberOrCoordinator, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> Profile:
    """All that is known of one member: to oneself; to a coordinator without what others know of them."""
    async with work.transaction() as tx:
        return await profiles.read_seen(tx, asker, audience_ids, member)

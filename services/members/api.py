"""The HTTP door of members: organisations, programmes, joining, profiles, erasure."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from services.members import erasures, organisations, profiles
from services.members.identities import Identities
from services.members.organisations import Describe, NameProgramme
from services.members.profiles import Join, Joined
from shared.contracts.members import Erasure, Organisation, Profile
from shared.contracts.model import Slug
from shared.runtime.door import DoorDep
from shared.runtime.paging import Page, SliceDep

router = APIRouter()

SlugPath = Annotated[Slug, Path()]


def _identities(request: Request) -> Identities:
    identities: Identities = request.app.state.identities
    return identities


IdentitiesDep = Annotated[Identities, Depends(_identities)]


@router.get("/organisations")
async def list_organisations(door: DoorDep, part: SliceDep) -> Page[Organisation]:
    """Organisations by their slug."""
    async with door.transaction() as tx:
        return await organisations.page(tx, part)


@router.put("/organisations/{organisation}")
async def describe_organisation(organisation: SlugPath, command: Describe, door: DoorDep) -> Organisation:
    """Add an organisation, or change what is known of it."""
    async with door.transaction() as tx:
        return await organisations.describe(tx, organisation, command)


@router.put("/organisations/{organisation}/programmes/{programme}", status_code=204)
async def name_programme(
    organisation: SlugPath, programme: SlugPath, command: NameProgramme, door: DoorDep
) -> None:
    """Add a programme, or change its name."""
    async with door.transaction() as tx:
        await organisations.name_programme(tx, organisation, programme, command)


@router.post("/members", status_code=201)
async def join(command: Join, door: DoorDep, identities: IdentitiesDep, response: Response) -> Joined:
    """Make a member, or where the e-mail is known already an affiliation of one."""
    joined = await door.once(lambda tx: profiles.join(tx, identities, command), Joined)
    response.headers["Location"] = f"/members/{joined.member}"
    return joined


@router.get("/members/{member}")
async def read_profile(member: UUID, door: DoorDep, identities: IdentitiesDep) -> Profile:
    """All that is known of one member."""
    async with door.transaction() as tx:
        return await profiles.profile(tx, identities, member)


@router.delete("/members/{member}", status_code=202)
async def order_erasure(member: UUID, door: DoorDep, identities: IdentitiesDep) -> Erasure:
    """Erase a member everywhere. A repeat gets the first answer."""
    async with door.transaction() as tx:
        return await erasures.order(tx, identities, member)

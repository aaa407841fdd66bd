"""The HTTP door of members: organisations, programmes, joining, profiles, imports, doubles, erasure."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Path, Query, Request, Response, UploadFile

from services.members.duplicates import duplicates
from services.members.duplicates.duplicates import Decide, Decided, Double
from services.members.erasure import erasure
from services.members.imports import imports, mappings
from services.members.imports.imports import Brought, Import, RowProblem
from services.members.members import joining, profiles
from services.members.members.audience_ids import Identities
from services.members.members.joining import Join, Joined
from services.members.members.profiles import Found
from services.members.organisations import organisations
from services.members.organisations.organisations import Describe, NameProgramme
from services.members.statistics import counts
from services.members.statistics.counts import Figures
from shared.contracts.members import Erasure, Organisation, Profile
from shared.contracts.model import Slug
from shared.runtime.commands import Line
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

LIST_SECONDS = 120.0
SlugPath = Annotated[Slug, Path()]
ImportPath = Annotated[UUID, Path(alias="import")]


def _identities(request: Request) -> Identities:
    identities: Identities = request.app.state.identities
    return identities


IdentitiesDep = Annotated[Identities, Depends(_identities)]


@router.get("/organisations")
async def list_organisations(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Organisation]:
    """Organisations by their slug."""
    async with work.transaction() as tx:
        return await organisations.page(tx, paging)


@router.put("/organisations/{organisation}")
async def describe_organisation(
    organisation: SlugPath, command: Describe, work: UnitOfWorkDep
) -> Organisation:
    """Add an organisation, or change what is known of it."""
    async with work.transaction() as tx:
        return await organisations.describe(tx, organisation, command)


@router.put("/organisations/{organisation}/programmes/{programme}", status_code=204)
async def name_programme(
    organisation: SlugPath, programme: SlugPath, command: NameProgramme, work: UnitOfWorkDep
) -> None:
    """Add a programme, or change its name."""
    async with work.transaction() as tx:
        await organisations.name_programme(tx, organisation, programme, command)


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


@router.delete("/members/{member}", status_code=202)
async def order_erasure(member: UUID, work: UnitOfWorkDep, identities: IdentitiesDep) -> Erasure:
    """Erase a member everywhere. A repeat gets the first answer."""
    async with work.transaction() as tx:
        return await erasure.order(tx, identities, member)


@router.post("/imports", status_code=202)
async def bring_list(
    work: UnitOfWorkDep,
    response: Response,
    list_: Annotated[UploadFile, File(alias="list", description="the office's list, CSV, at most 50 MB")],
    mapping: Annotated[UploadFile, File(description="how it is to be read, TOML")],
    dry_run: Annotated[bool, Query(description="only find out what would happen")] = False,
) -> Brought:
    """Take a list of members. Its rows are worked on afterwards: see the import at Location.

    A list that was brought before changes nothing: all its rows are `unchanged`.
    """
    how = mappings.parse(await mapping.read(mappings.MAPPING_BYTES + 1))
    async with work.transaction(LIST_SECONDS) as tx:
        brought = await imports.bring(tx, how, list_.file, dry_run)
    response.headers["Location"] = f"/imports/{brought.import_}"
    return brought


@router.get("/imports/{import}")
async def read_import(import_: ImportPath, work: UnitOfWorkDep) -> Import:
    """How far an import is, and what became of its rows."""
    async with work.transaction() as tx:
        return await imports.read(tx, import_)


@router.get("/imports/{import}/problems")
async def list_problems(import_: ImportPath, work: UnitOfWorkDep, paging: PageRequestDep) -> Page[RowProblem]:
    """The bad rows of an import: line, reason and column, never the value."""
    async with work.transaction() as tx:
        return await imports.problems(tx, import_, paging)


@router.get("/doubles")
async def list_doubles(work: UnitOfWorkDep, paging: PageRequestDep) -> Page[Double]:
    """Pairs of members who may be one person and on whom nobody has decided, the likeliest first."""
    async with work.transaction() as tx:
        return await duplicates.page(tx, paging)


@router.post("/doubles/{double}/decision")
async def decide_double(double: UUID, command: Decide, work: UnitOfWorkDep) -> Decided:
    """Decide on a pair; it isn't listed again. A later decision replaces this one."""
    async with work.transaction() as tx:
        return await duplicates.decide(tx, double, command)


@router.get("/figures")
async def read_figures(work: UnitOfWorkDep) -> Figures:
    """Counts without persons."""
    async with work.transaction() as tx:
        return await counts.read(tx)

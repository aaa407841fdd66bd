"""HTTP API of imports: bringing a list, and what became of its rows."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Path, Query, Response, UploadFile

from services.members.imports import imports, mappings
from services.members.imports.imports import Brought, Import, RowProblem
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

LIST_SECONDS = 120.0
ImportPath = Annotated[UUID, Path(alias="import")]


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

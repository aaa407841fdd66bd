"""HTTP API of imports: uploading a list, and what became of its rows."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Path, Query, Response, UploadFile

from services.members.imports import imports, mappings, uploads
from services.members.imports.imports import Import, RowProblem
from services.members.imports.uploads import AcceptedUpload
from shared.access.serving import Coordinator
from shared.runtime.paging import Page, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep

router = APIRouter()

SILENT_SECONDS = 10.0
UPLOAD_BYTES = 50_000_000
ImportPath = Annotated[UUID, Path(alias="import")]


@router.post(
    "/imports",
    status_code=202,
    max_body_size=UPLOAD_BYTES,
    form_limits={"max_files": 2, "max_fields": 20, "max_part_size": mappings.MAPPING_BYTES},
)
async def upload_list(
    asker: Coordinator,
    work: UnitOfWorkDep,
    response: Response,
    list_: Annotated[UploadFile, File(alias="list", description="the office's list, CSV, at most 50 MB")],
    mapping: Annotated[UploadFile, File(description="how it is to be read, TOML")],
    dry_run: Annotated[bool, Query(description="only find out what would happen")] = False,
) -> AcceptedUpload:
    """Take a list of members. Its rows are worked on afterwards: see the import at Location.

    A list that was uploaded before changes nothing: all its rows are `unchanged`. It is read at once, as only a list
    that can be read is taken; where that takes longer than two minutes, it is refused.
    """
    content = await mapping.read(mappings.MAPPING_BYTES + 1)
    parsed = await asyncio.to_thread(mappings.parse_mapping, content)
    work.acts_for(parsed.organisation)
    async with work.transaction(uploads.MOST_SECONDS + SILENT_SECONDS) as tx:
        accepted = await uploads.accept_upload(tx, asker, parsed, list_.file, dry_run)
    response.headers["Location"] = f"/imports/{accepted.import_}"
    return accepted


@router.get("/imports/{import}")
async def read_import(import_: ImportPath, asker: Coordinator, work: UnitOfWorkDep) -> Import:
    """How far an import is, and what became of its rows."""
    async with work.transaction() as tx:
        return await imports.read_import(tx, asker, import_)


@router.get("/imports/{import}/problems")
async def list_problems(
    import_: ImportPath, asker: Coordinator, work: UnitOfWorkDep, paging: PageRequestDep
) -> Page[RowProblem]:
    """The bad rows of an import: line, reason and column, never the value."""
    async with work.transaction() as tx:
        return await imports.list_problems(tx, asker, import_, paging)

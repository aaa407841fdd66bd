"""The pages of an organisation's lists: bringing one, what would happen, what became of it, and its bad rows."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from services.members.imports import guesses, imports, recent_imports, uploads
from services.members.imports.guesses import Guess
from services.members.imports.mappings import FieldName, ListMapping
from services.members.imports.reasons import CALLED, WORDS
from services.members.organisations.own import (
    ListQuery,
    OrganisationPath,
    link_pages,
    own_path,
    read_own,
    show_page,
)
from services.members.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts.model import N_
from shared.runtime.paging import PageRequest, decode_cursor
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web import csv_table
from shared.web.forms import Form, PostedFiles
from shared.web.pages import METHODS, PRIVATE
from shared.web.query import PageQuery, read_valid

router = APIRouter(
    prefix="/organisations/{organisation}/imports",
    include_in_schema=False,
    default_response_class=HTMLResponse,
)
SILENT_SECONDS = 10.0
UPLOAD_BYTES = 50_000_000
LIMITS: Any = {"max_files": 2, "max_fields": 40}
# So many bad rows are in one sheet: who has more has a column that is read wrongly.
MOST_BAD_ROWS = 10_000
COLUMNS: tuple[FieldName, ...] = get_args(FieldName)
ImportPath = Annotated[UUID, Path(alias="import")]


@router.api_route("", methods=METHODS)
async def show_imports(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The lists that were brought, the newest first."""
    query, paging = _read_paging(request)
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        page = await recent_imports.list_imports(tx, organisation, paging)
    pages = link_pages(query, own_path(organisation, "imports"), page)
    return show_page(request, "imports.html", own, "imports", query, imports=page.items, pages=pages)


@router.api_route("/new", methods=METHODS)
async def show_form(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The form for a list, filled as the organisation's last one was read."""
    async with work.transaction() as tx:
        last = (
            await recent_imports.find_last_mapping(tx, organisation)
            if asker.coordinates(organisation)
            else None
        )
    values = last.model_dump(exclude={"columns"}) if last else {"role": "alumnus", "encoding": "utf-8"}
    columns = {f"column_{name}": header for name, header in (last.columns if last else {}).items()}
    return await _show_form(request, organisation, asker, work, SITE.fill_form(request, **values | columns))


@router.post("/new", response_model=None, max_body_size=UPLOAD_BYTES, form_limits=LIMITS)
async def upload_list(
    request: Request,
    organisation: OrganisationPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
    posted: PostedFiles,
) -> Response:
    """The import of the list, or of what would become of it; or the form with what is wrong."""
    if posted.get("act") == "guess":
        return await _show_guess(request, organisation, asker, work, posted)
    columns = {name: text for name in COLUMNS if (text := str(posted.get(f"column_{name}", "")).strip())}
    form = SITE.read_form(request, ListMapping, posted, organisation=organisation, columns=columns)
    _require_columns(form, columns)
    dry_run = form.value("act") != "run"
    answer = await _bring(request, organisation, asker, work, form, form.command, dry_run)
    return answer or await _show_form(request, organisation, asker, work, form)


@router.api_route("/{import}", methods=METHODS)
async def show_import(
    request: Request,
    organisation: OrganisationPath,
    import_: ImportPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
) -> HTMLResponse:
    """How far an import is, and what became of its rows."""
    return await _show_import(request, organisation, import_, asker, work, SITE.fill_form(request))


@router.post(
    "/{import}",
    response_model=None,
    max_body_size=UPLOAD_BYTES,
    form_limits=LIMITS,
)
async def bring_again(
    request: Request,
    organisation: OrganisationPath,
    import_: ImportPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
    posted: PostedFiles,
) -> Response:
    """The same list, or the corrected one, read in the same way."""
    async with work.transaction() as tx:
        await read_own(tx, asker, organisation)
        await imports.read_import(tx, asker.acting_for(organisation), import_)
        mapping = await recent_imports.find_mapping(tx, import_)
    form: Form[Any] = SITE.read_form(request, PageQuery, posted)
    dry_run = form.value("act") != "run"
    answer = await _bring(request, organisation, asker, work, form, mapping, dry_run)
    return answer or await _show_import(request, organisation, import_, asker, work, form)


@router.api_route("/{import}/bad-rows.csv", methods=METHODS)
async def download_bad_rows(
    request: Request,
    organisation: OrganisationPath,
    import_: ImportPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
) -> Response:
    """The first MOST_BAD_ROWS bad rows: line, column and reason. What stood in them isn't kept."""
    async with work.transaction() as tx:
        own = asker.acting_for(organisation)
        page = await imports.list_problems(tx, own, import_, PageRequest(MOST_BAD_ROWS, None))
    texts = SITE.load_texts(request)
    header = [texts.translate(word) for word in (N_("Line"), N_("Column"), N_("Why"))]
    rows = [
        [str(row.line), row.column or "", texts.translate(WORDS.get(row.reason, row.reason))]
        for row in page.items
    ]
    content = await asyncio.to_thread(csv_table.write_csv, header, rows, language=texts.language)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="bad-rows.csv"'}
    return Response(content, media_type=csv_table.MEDIA_TYPE, headers=headers)


async def _show_guess(
    request: Request, organisation: str, asker: Principal, work: UnitOfWork, posted: FormData
) -> HTMLResponse:
    """The form, filled with how the list may be read; or what is wrong with the list. It is a question: nothing is
    refused, and a browser with a script takes the part of the page that tells, and keeps the list that was chosen."""
    form: Form[Any] = SITE.read_form(request, PageQuery, posted)
    guess = await _guess(form)
    if guess is not None:
        kept = {name: form.value(name) for name in ("programme", "invite", "date_format")}
        found = {"encoding": guess.layout.encoding, "date_format": guess.date_format}
        columns = {f"column_{each.field}": each.header for each in guess.columns if each.field}
        values = kept | {name: value for name, value in found.items() if value} | columns
        form = SITE.fill_form(request, **values)
    form.status = 200
    return await _show_form(request, organisation, asker, work, form, guess)


async def _guess(form: Form[Any]) -> Guess | None:
    if "list" not in form.files:
        form.reject_missing("list")
        return None
    with form.refusals():
        return await asyncio.to_thread(guesses.guess_list, form.files["list"].file)
    return None


def _require_columns(form: Form[ListMapping], columns: Mapping[FieldName, str]) -> None:
    if "email" not in columns:
        form.refusal = ""
        form.reject_missing("column_email")
    if "name" not in columns and not {"given_name", "family_name"} <= columns.keys():
        form.refusal = ""
        form.reject_missing("column_name" if "given_name" not in columns else "column_family_name")


async def _bring(
    request: Request,
    organisation: str,
    asker: Principal,
    work: UnitOfWork,
    form: Form[Any],
    mapping: ListMapping | None,
    dry_run: bool,
) -> Response | None:
    """To the import of the list that was posted; None if it wasn't taken, which the form says then."""
    if "list" not in form.files:
        form.reject_missing("list")
    if mapping is None or form.errors:
        return None
    with form.refusals():
        async with work.transaction(uploads.MOST_SECONDS + SILENT_SECONDS) as tx:
            await read_own(tx, asker, organisation)
            accepted = await uploads.accept_upload(tx, asker, mapping, form.files["list"].file, dry_run)
        path = own_path(organisation, "imports", accepted.import_)
        return SITE.redirect(request, path, done="list-previewed" if dry_run else "list-brought")
    return None


def _read_paging(request: Request) -> tuple[ListQuery, PageRequest]:
    query = read_valid(ListQuery, request.query_params)
    return query, PageRequest(50, decode_cursor(query.cursor) if query.cursor else None)


async def _show_form(
    request: Request,
    organisation: str,
    asker: Principal,
    work: UnitOfWork,
    form: Form[Any],
    guess: Guess | None = None,
) -> HTMLResponse:
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
    in_part = "HX-Request" in request.headers
    texts = SITE.load_texts(request)
    called = {field: texts.translate(name) for field, name in CALLED.items()}
    values: dict[str, Any] = {"form": form, "guess": guess, "called": called, "in_part": in_part}
    return show_page(request, "bring.html", own, "imports", status=form.status, **values)


async def _show_import(
    request: Request, organisation: str, which: UUID, asker: Principal, work: UnitOfWork, form: Form[Any]
) -> HTMLResponse:
    query, paging = _read_paging(request)
    acting = asker.acting_for(organisation)
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        found = await imports.read_import(tx, acting, which)
        problems = await imports.list_problems(tx, acting, which, paging)
    texts = SITE.load_texts(request)
    return show_page(
        request,
        "import.html",
        own,
        "imports",
        query,
        status=form.status,
        form=form,
        found=found,
        problems=problems.items,
        pages=link_pages(query, own_path(organisation, "imports", which), problems),
        words={reason: texts.translate(word) for reason, word in WORDS.items()},
        most=MOST_BAD_ROWS,
    )

"""Every part of the kit on a page, a form with every field, a page that asks first, one that is under way."""

from datetime import UTC, datetime
from itertools import count

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from shared.contracts.refusals import NotFound, Refused
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Posted, PostedFiles
from shared.web.pages import METHODS
from tests.shared.toy.gallery.commands import PlanMeeting, Removal
from tests.shared.toy.site import SITE

UPLOAD_BYTES = 1_000_000
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_looks = count(1)


@router.api_route("/gallery", methods=METHODS)
async def show_gallery(request: Request) -> HTMLResponse:
    """Everything that isn't a form."""
    now = datetime(2026, 11, 27, 14, 3, tzinfo=UTC)
    return SITE.render(request, "gallery.html", here="console", now=now, q=request.query_params.get("q", ""))


@router.api_route("/gallery/plan", methods=METHODS)
async def show_plan(request: Request) -> HTMLResponse:
    """A form with a field of each kind, some filled."""
    form = SITE.fill_form(request, mode="hybrid", themes=["cities", "media"], day=None, told=True)
    return SITE.render(request, "plan.html", here="organisations", form=form)


@router.post("/gallery/plan", response_model=None)
async def plan(request: Request, posted: Posted) -> Response:
    """The gallery, or the form again."""
    form = SITE.read_form(request, PlanMeeting, posted)
    if form.command is not None:
        with form.refusals():
            if form.command.places == 13:
                raise Refused("unlucky", "Thirteen places can't be had.")
            return SITE.redirect(request, "/gallery", done="added")
    return SITE.render(request, "plan.html", here="organisations", status=form.status, form=form)


@router.api_route("/gallery/upload", methods=METHODS)
async def show_upload(request: Request) -> HTMLResponse:
    """A form with a file."""
    return SITE.render(request, "upload.html", here="organisations", form=SITE.fill_form(request), size=None)


@router.post("/gallery/upload", max_body_size=UPLOAD_BYTES)
async def upload(request: Request, posted: PostedFiles) -> HTMLResponse:
    """How large the file was, or the form again."""
    form = SITE.read_form(request, Removal, posted, reason="none", typed="none")
    size = len(await form.files["list"].read()) if "list" in form.files else None
    if size is None:
        form.reject_missing("list")
    return SITE.render(request, "upload.html", here="organisations", status=form.status, form=form, size=size)


@router.api_route("/gallery/remove/{tally}", methods=METHODS)
async def show_removal(request: Request, tally: str) -> HTMLResponse:
    """What follows from removing a tally."""
    return SITE.render(request, "remove.html", here="me", form=SITE.fill_form(request), tally=tally)


@router.post("/gallery/remove/{tally}", response_model=None)
async def remove(request: Request, tally: str, posted: Posted, work: UnitOfWorkDep) -> Response:
    """The gallery without the tally, or the page again."""
    form = SITE.read_form(request, Removal, posted)
    form.require_typed("typed", tally)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                version = await tx.fetchval("DELETE FROM tally WHERE tally = $1 RETURNING version", tally)
                if version is None:
                    raise NotFound("tally-unknown", "There is no such tally.")
            return SITE.redirect(request, "/gallery", done="removed", counts=(version,))
    return SITE.render(request, "remove.html", here="me", status=form.status, form=form, tally=tally)


@router.api_route("/gallery/running", methods=METHODS)
async def show_running(request: Request, upto: int = 5) -> HTMLResponse:
    """Something that is a step further each time one looks."""
    done = min(next(_looks) % (upto + 1), upto)
    return SITE.render(request, "running.html", here="organisations", done=done, upto=upto)


@router.api_route("/gallery/problems/{status}", methods=[*METHODS, "POST"])
async def show_problem(status: int) -> HTMLResponse:
    """A problem of this status."""
    if status == 500:
        raise ValueError
    raise HTTPException(status)

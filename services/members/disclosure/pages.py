"""The page where members ask for all that is stored about them, see how far that is, and download it."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from services.members.disclosure import disclosures, words
from services.members.disclosure.archives import write_archive
from services.members.disclosure.readable import ReadablePage
from services.members.site import SITE
from shared.access.limits import limit
from shared.access.principal import Principal
from shared.access.serving import Member
from shared.contracts.refusals import NotFound
from shared.runtime.commands import Command
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS, PRIVATE

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PATH = "/me/data"
FILE = "alumnibus.zip"
FEW = Depends(limit("own-data", "20 per hour"))


class AskForData(Command):
    """The button was pressed."""


@router.api_route(PATH, methods=METHODS)
async def show_data(request: Request, asker: Member, work: UnitOfWorkDep) -> HTMLResponse:
    """What one may ask for, how far it is, or where it is."""
    return await _show(request, asker, work, SITE.fill_form(request))


@router.post(PATH, response_model=None)
async def ask_for_data(request: Request, asker: Member, work: UnitOfWorkDep, posted: Posted) -> Response:
    """Have all of it gathered, and see how far that is."""
    form = SITE.read_form(request, AskForData, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await disclosures.ask_services(
                    tx, asker.require_member(), f"{request.app.state.origin}{PATH}"
                )
            return SITE.redirect(request, PATH, done="data-asked")
    return await _show(request, asker, work, form)


@router.get(f"{PATH}/{FILE}", response_model=None, dependencies=[FEW])
async def download_data(request: Request, asker: Member, work: UnitOfWorkDep) -> Response:
    """All of it, as an archive. Raises `NotFound` if it isn't ready, or is no more."""
    member = asker.require_member()
    async with work.transaction() as tx:
        own = await disclosures.read_own(tx, member)
    if own is None or own.ready_at is None:
        raise NotFound("disclosure-unknown", "Nothing is ready for you.")

    async def read_part(service: str, number: int) -> str | None:
        async with work.transaction() as tx:
            return await disclosures.read_part(tx, member, service, number)

    page = ReadablePage(SITE.load_texts(request), own.asked_at)
    archive = write_archive(disclosures.SERVICES, read_part, page)
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{FILE}"'}
    return StreamingResponse(archive, media_type="application/zip", headers=headers)


async def _show(request: Request, asker: Principal, work: UnitOfWork, form: Form[Any]) -> HTMLResponse:
    async with work.transaction() as tx:
        own = await disclosures.read_own(tx, asker.require_member())
    texts = SITE.load_texts(request)
    return SITE.render(
        request,
        "data.html",
        here="me",
        status=form.status,
        form=form,
        own=own,
        can_ask=own is None or own.can_ask_anew(datetime.now(UTC)),
        names={service: texts.translate(name) for service, name in words.SERVICES.items()},
        file=FILE,
    )

"""The pages of those who come to an offer: withdraw, register or note somebody, or take the table along."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.events.guests import guests, notes
from services.events.guests.notes import WriteNote
from services.events.hosting.hosted import read_hosted_by
from services.events.registrations import registrations
from services.events.registrations.registrations import Register
from services.events.replicas import members
from services.events.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import PageRequest, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web import csv_table
from shared.web.forms import Form, Posted
from shared.web.navigation import ORGANISATIONS
from shared.web.pages import METHODS, PRIVATE

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SlugPath = Annotated[Slug, Path()]
SHOWN = 50


class GuestAct(Command):
    """Which button was pressed: `one` is the registration to withdraw, or the member to register."""

    act: Literal["withdraw", "register"]
    one: UUID


@router.api_route("/organisations/{slug}/offers/{offer}/registrations", methods=METHODS)
async def show_guests(
    request: Request,
    slug: SlugPath,
    offer: UUID,
    asker: Coordinator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
    name: str = "",
) -> HTMLResponse:
    """Who comes, who waits and who withdrew, and members of the organisation with a family name that is looked for."""
    return await _show(request, slug, offer, asker, work, SITE.fill_form(request), paging, name.strip()[:200])


@router.post("/organisations/{slug}/offers/{offer}/registrations", response_model=None)
async def change_guests(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The page as it is then, or with what is wrong."""
    form = SITE.read_form(request, GuestAct, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                member = await _act(tx, asker, slug, offer, form.command)
                work.acts_for(slug, member)
            path = f"/organisations/{slug}/offers/{offer}/registrations"
            return SITE.redirect(request, path, done=form.command.act)
    return await _show(request, slug, offer, asker, work, form, PageRequest(SHOWN, None))


@router.api_route("/organisations/{slug}/offers/{offer}/registrations/{registration}", methods=METHODS)
async def show_guest(
    request: Request,
    slug: SlugPath,
    offer: UUID,
    registration: UUID,
    asker: Coordinator,
    work: UnitOfWorkDep,
) -> HTMLResponse:
    """One registration, and the hosts' note on it."""
    return await _show_guest(request, slug, offer, registration, asker, work, None)


@router.post("/organisations/{slug}/offers/{offer}/registrations/{registration}", response_model=None)
async def note_guest(
    request: Request,
    slug: SlugPath,
    offer: UUID,
    registration: UUID,
    asker: Coordinator,
    work: UnitOfWorkDep,
    posted: Posted,
) -> Response:
    """All registrations with the new note, or the page with what is wrong."""
    form = SITE.read_form(request, WriteNote, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await read_hosted_by(tx, asker, slug, offer)
                noted = await notes.read_noted(tx, asker, registration, offer)
                await notes.write_note(tx, asker, registration, form.command)
                work.acts_for(slug, noted.member)
            return SITE.redirect(request, f"/organisations/{slug}/offers/{offer}/registrations", done="noted")
    return await _show_guest(request, slug, offer, registration, asker, work, form)


@router.api_route("/organisations/{slug}/offers/{offer}/registrations.csv", methods=METHODS)
async def read_guest_table(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep
) -> Response:
    """Those who come or wait, for spreadsheets."""
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
        pages = await guests.read_table(tx, asker, offer)
    table = guests.write_table(pages, SITE.load_texts(request))
    attached = {"Content-Disposition": f'attachment; filename="{stored.slug}.csv"'}
    return Response(table, media_type=csv_table.MEDIA_TYPE, headers=PRIVATE | attached)


async def _act(tx: Tx, asker: Principal, slug: Slug, offer: UUID, command: GuestAct) -> UUID:
    """Do it; returns the member on whose behalf."""
    await read_hosted_by(tx, asker, slug, offer)
    if command.act == "withdraw":
        status = await registrations.withdraw_registration(tx, asker, command.one)
    else:
        status = await registrations.register_member(tx, asker, offer, Register(member=command.one))
    return status.member


async def _show(
    request: Request,
    slug: Slug,
    offer: UUID,
    asker: Principal,
    work: UnitOfWorkDep,
    form: Form[Any],
    paging: PageRequest,
    name: str = "",
) -> HTMLResponse:
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
        found = await guests.list_guests(tx, asker, offer, paging)
        matches = await members.find_by_family_name(tx, slug, name) if name else []
    texts = SITE.load_texts(request)
    return SITE.render(
        request,
        "guests.html",
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        slug=slug,
        offer=stored,
        found=found,
        name_state=lambda state: guests.name_state(state, texts),
        name=name,
        matches=matches,
        first=paging.after is None,
    )


async def _show_guest(
    request: Request,
    slug: Slug,
    offer: UUID,
    registration: UUID,
    asker: Principal,
    work: UnitOfWorkDep,
    form: Form[Any] | None,
) -> HTMLResponse:
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
        row = await notes.read_noted(tx, asker, registration, offer)
        names = await members.find_names(tx, [row.member])
    form = form or SITE.fill_form(request, note=row.note)
    return SITE.render(
        request,
        "guest.html",
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        slug=slug,
        offer=stored,
        row=row,
        name=names.get(row.member),
        state=guests.name_state(row.state, SITE.load_texts(request)),
    )

"""The pages of an organisation's coordinators: who they are, inviting one by mail, taking a mandate back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.members.mandates import holders, mandates
from services.members.mandates.mandates import GiveMandate
from services.members.organisations.own import (
    ListQuery,
    OrganisationPath,
    OwnOrganisation,
    link_pages,
    own_path,
    read_own,
    show_page,
)
from services.members.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts.members import MandateRole
from shared.contracts.refusals import NotFound
from shared.i18n.languages import LANGUAGES
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Plain
from shared.runtime.paging import PageRequest, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.runtime.vocabulary_types import KnownLanguage
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS
from shared.web.query import read_valid

router = APIRouter(
    prefix="/organisations/{organisation}/mandates",
    include_in_schema=False,
    default_response_class=HTMLResponse,
)
MandatePath = Annotated[UUID, Path()]


class InviteCoordinator(Command):
    """A colleague, by the address to which the mail goes."""

    email: Plain
    language: KnownLanguage = "en"


class TakeBack(Command):
    """That it is meant: who holds it, as it is written there."""

    typed: str = ""


@router.api_route("", methods=METHODS)
async def show_mandates(
    request: Request,
    organisation: OrganisationPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
    paging: PageRequestDep,
) -> HTMLResponse:
    """Who may act for the organisation, and a form to invite one more."""
    form = SITE.fill_form(
        request, language=read_valid(ListQuery, request.query_params).negotiate_language(request)
    )
    async with work.transaction() as tx:
        return await _show(request, tx, asker, await read_own(tx, asker, organisation), form, paging)


@router.post("", response_model=None)
async def give_mandate(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """Invite a coordinator by mail, or the form with what is wrong."""
    form = SITE.read_form(request, InviteCoordinator, posted)
    if form.command is not None:
        invited = form.command.model_dump()
        command = GiveMandate(role=MandateRole.COORDINATOR, organisation=organisation, **invited)
        with form.refusals():
            async with work.transaction() as tx:
                await read_own(tx, asker, organisation)
                await mandates.give_mandate(
                    tx, asker.acting_for(organisation), command, request.app.state.origin
                )
            return SITE.redirect(request, own_path(organisation, "mandates"), done="invited")
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        return await _show(request, tx, asker, own, form, PageRequest(50, None))


@router.api_route("/{mandate}", methods=METHODS)
async def show_mandate(
    request: Request,
    organisation: OrganisationPath,
    mandate: MandatePath,
    asker: Coordinator,
    work: UnitOfWorkDep,
) -> HTMLResponse:
    """What follows when this mandate is taken back."""
    return await _ask(request, organisation, mandate, asker, work, SITE.fill_form(request))


@router.post("/{mandate}", response_model=None)
async def take_back_mandate(
    request: Request,
    organisation: OrganisationPath,
    mandate: MandatePath,
    asker: Coordinator,
    work: UnitOfWorkDep,
    posted: Posted,
) -> Response:
    """Take the mandate back. Who has taken back their own finds the organisation no more, and goes to their page."""
    form = SITE.read_form(request, TakeBack, posted)
    async with work.transaction() as tx:
        held = await _find(tx, asker, organisation, mandate)
        form.require_typed("typed", held.called or organisation)
        if form.command is not None:
            await mandates.take_back_mandate(tx, asker.acting_for(organisation), mandate)
            own = held.mandate.account == asker.account
            return SITE.redirect(
                request, "/" if own else own_path(organisation, "mandates"), done="taken-back"
            )
    return await _ask(request, organisation, mandate, asker, work, form)


async def _show(
    request: Request, tx: Tx, asker: Principal, own: OwnOrganisation, form: Form[Any], paging: PageRequest
) -> HTMLResponse:
    page = await mandates.list_mandates(tx, asker, own.slug, paging)
    query = read_valid(ListQuery, request.query_params)
    return show_page(
        request,
        "mandates.html",
        own,
        "mandates",
        query,
        status=form.status,
        form=form,
        held=await holders.name_holders(tx, page.items),
        pages=link_pages(query, own_path(own.slug, "mandates"), page),
        asker=asker,
        languages_of_mails=LANGUAGES,
    )


async def _ask(
    request: Request,
    organisation: str,
    mandate: UUID,
    asker: Principal,
    work: UnitOfWorkDep,
    form: Form[Any],
) -> HTMLResponse:
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        held = await _find(tx, asker, organisation, mandate)
    return show_page(
        request, "take-back.html", own, "mandates", status=form.status, form=form, held=held, asker=asker
    )


async def _find(tx: Tx, asker: Principal, organisation: str, mandate: UUID) -> holders.NamedMandate:
    """A coordinator's mandate that holds or waits. Raises `NotFound`, also for one of another organisation."""
    found = await mandates.find_mandate(tx, mandate)
    is_own = (
        found is not None and found.role is MandateRole.COORDINATOR and found.organisation == organisation
    )
    if found is None or not is_own or not asker.coordinates(organisation):
        raise NotFound("mandate-unknown", "No mandate has this id.")
    [held] = await holders.name_holders(tx, [found])
    return held

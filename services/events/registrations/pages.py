"""The page of one offer, where one registers, and the pages of one's own registrations."""

from typing import Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.events.offers import offers
from services.events.offers.detail import OfferPage, read_offer_page
from services.events.offers.query import OfferQuery
from services.events.offers.rows import OfferRow, RowBuilder
from services.events.registrations import own, registrations
from services.events.registrations.own import OwnRegistration
from services.events.registrations.registrations import Register, RegistrationStatus
from services.events.replicas import organisations
from services.events.site import SITE, render_page
from shared.access.principal import Principal
from shared.access.serving import Anyone, Member
from shared.contracts.events import RegistrationState
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class OwnRow(NamedTuple):
    """A registration, and how its offer shows."""

    own: OwnRegistration
    row: OfferRow


@router.api_route("/events/{slug}", methods=METHODS)
async def show_offer(slug: str, request: Request, asker: Anyone, work: UnitOfWorkDep) -> HTMLResponse:
    """One offer for people, or a page that leads on where there is none."""
    return await _show_offer(slug, request, asker, work, SITE.fill_form(request))


@router.post("/events/{slug}", response_model=None)
async def register_oneself(
    slug: str, request: Request, asker: Member, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The page of the offer, which says what one got, or why nothing."""
    form = SITE.read_form(request, Register, posted, member=None)

    async def register(tx: Tx, command: Register) -> RegistrationStatus:
        offer = await offers.read_by_slug(tx, slug)
        return await registrations.register_member(tx, asker, offer.offer, command)

    if form.command is not None:
        with form.refusals():
            status = await form.run_once(request, register, RegistrationStatus)
            waits = status.state is RegistrationState.WAITLISTED
            counts = (status.position or 0,) if waits else ()
            return SITE.redirect(request, f"/events/{slug}", done=status.state.value, counts=counts)
    return await _show_offer(slug, request, asker, work, form)


@router.api_route("/me/registrations", methods=METHODS)
async def show_own(request: Request, asker: Member, work: UnitOfWorkDep) -> HTMLResponse:
    """What the asker is registered for, and waits for."""
    member = asker.require_member()
    async with work.transaction() as tx:
        ahead, past = await own.list_ahead(tx, member), await own.list_past(tx, member)
        rows = RowBuilder(SITE.load_texts(request), await organisations.read_names(tx))
    query = read_valid(PageQuery, request.query_params)
    return render_page(
        request,
        "registrations.html",
        query,
        here="me",
        ahead=[OwnRow(each, rows.build_row(each.offer)) for each in ahead],
        past=[OwnRow(each, rows.build_row(each.offer)) for each in past],
        seats=sum(not each.waits for each in ahead),
    )


@router.api_route("/me/registrations/{registration}", methods=METHODS)
async def show_registration(
    registration: UUID, request: Request, asker: Member, work: UnitOfWorkDep
) -> HTMLResponse:
    """One registration of the asker's, and what follows when it is given back."""
    return await _show_registration(registration, request, asker, work, SITE.fill_form(request))


@router.post("/me/registrations/{registration}", response_model=None)
async def give_back(registration: UUID, request: Request, asker: Member, work: UnitOfWorkDep) -> Response:
    """The list without it, or the page with why it stays."""
    form = SITE.fill_form(request)
    with form.refusals():
        async with work.transaction() as tx:
            await own.read_own(tx, asker.require_member(), registration)
            await registrations.withdraw_registration(tx, asker, registration)
        return SITE.redirect(request, "/me/registrations", done="withdrawn")
    return await _show_registration(registration, request, asker, work, form)


async def _show_offer(
    slug: str, request: Request, asker: Principal | None, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    query = read_valid(PageQuery, request.query_params)
    member = asker.member if asker else None
    try:
        async with work.transaction() as tx:
            page = await read_offer_page(tx, slug, query.negotiate_language(request))
            registered = await own.find_own(tx, member, page.offer) if member else None
    except NotFound:
        return render_page(request, "missing.html", query, here="offers", status=404)
    return _render_offer(request, query, page, registered, form)


def _render_offer(
    request: Request, query: PageQuery, page: OfferPage, registered: OwnRegistration | None, form: Form[Any]
) -> HTMLResponse:
    def link_theme(theme: str) -> str:
        return OfferQuery(lang=query.lang).choose(theme=theme).build_link("/")

    return render_page(
        request,
        "offer.html",
        query,
        here="offers",
        status=form.status,
        page=page,
        link_theme=link_theme,
        own=registered,
        chance=own.find_chance(page.offer),
        form=form,
    )


async def _show_registration(
    registration: UUID, request: Request, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        found = await own.read_own(tx, asker.require_member(), registration)
        rows = RowBuilder(SITE.load_texts(request), await organisations.read_names(tx))
    query = read_valid(PageQuery, request.query_params)
    row = rows.build_row(found.offer)
    return render_page(
        request, "registration.html", query, here="me", status=form.status, own=found, row=row, form=form
    )

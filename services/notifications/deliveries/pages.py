"""The pages of the delivery log: of an organisation, one with its text, and for operators what didn't go out."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.notifications.deliveries import entries, lists, words
from services.notifications.deliveries.entries import DeliveryState
from services.notifications.deliveries.resending import resend_delivery
from services.notifications.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Coordinator, Operator
from shared.contracts.model import Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import PageRequest, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.navigation import ORGANISATIONS
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SlugPath = Annotated[Slug, Path()]
SHOWN = 50


class DeliveriesQuery(PageQuery):
    """Which deliveries a list shows."""

    state: DeliveryState | None = None


class Resend(Command):
    """Which delivery's button was pressed."""

    delivery: UUID


@router.api_route("/organisations/{slug}/deliveries", methods=METHODS)
async def show_deliveries(
    request: Request, slug: SlugPath, asker: Coordinator, work: UnitOfWorkDep, paging: PageRequestDep
) -> HTMLResponse:
    """What goes out in the name of an organisation."""
    query = read_valid(DeliveriesQuery, request.query_params)
    async with work.transaction() as tx:
        page = await lists.list_of_organisation(tx, asker, slug, query.state, paging)
        names = await lists.name_recipients(tx, [each.member for each in page.items if each.member])
        failed = await lists.count_failed(tx, slug)
    return SITE.render(
        request,
        "deliveries.html",
        query,
        here=ORGANISATIONS,
        slug=slug,
        page=page,
        names=names,
        failed=failed,
        states=list(DeliveryState),
        first=paging.after is None,
        **_name(request),
    )


@router.api_route("/organisations/{slug}/deliveries/{delivery}", methods=METHODS)
async def show_delivery(
    request: Request, slug: SlugPath, delivery: UUID, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """One delivery with its text."""
    return await _show_delivery(request, slug, delivery, asker, work, SITE.fill_form(request))


@router.post("/organisations/{slug}/deliveries/{delivery}", response_model=None)
async def resend_from_page(
    request: Request, slug: SlugPath, delivery: UUID, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The delivery, which is sent again then, or what speaks against it."""
    form = SITE.read_form(request, Command, posted)
    work.acts_for(slug)
    with form.refusals():
        async with work.transaction() as tx:
            await _read_of(tx, asker, slug, delivery)
            await resend_delivery(tx, asker, delivery)
        return SITE.redirect(request, f"/organisations/{slug}/deliveries/{delivery}", done="resent")
    return await _show_delivery(request, slug, delivery, asker, work, form)


@router.api_route("/console/notifications/deliveries", methods=METHODS)
async def show_troubled(
    request: Request, asker: Operator, work: UnitOfWorkDep, paging: PageRequestDep
) -> HTMLResponse:
    """What didn't go out, by state."""
    return await _show_troubled(request, work, paging, SITE.fill_form(request))


@router.post("/console/notifications/deliveries", response_model=None)
async def resend_from_console(
    request: Request, asker: Operator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The list as it is then, or with what speaks against it."""
    form = SITE.read_form(request, Resend, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await resend_delivery(tx, asker, form.command.delivery)
            return SITE.redirect(request, "/console/notifications/deliveries", done="resent")
    return await _show_troubled(request, work, PageRequest(SHOWN, None), form)


async def _read_of(tx: Tx, asker: Principal, slug: Slug, delivery: UUID) -> entries.DeliveryWithText:
    """One that is in this organisation's name. Raises `NotFound`."""
    found = await entries.read_delivery(tx, asker, delivery)
    if found.organisation != slug:
        raise NotFound("delivery-unknown", "No delivery of this organisation has this id.")
    return found


async def _show_delivery(
    request: Request, slug: Slug, delivery: UUID, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        found = await _read_of(tx, asker, slug, delivery)
        names = await lists.name_recipients(tx, [found.member] if found.member else [])
    return SITE.render(
        request,
        "delivery.html",
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        slug=slug,
        one=found,
        names=names,
        **_name(request),
    )


async def _show_troubled(
    request: Request, work: UnitOfWorkDep, paging: PageRequest, form: Form[Any]
) -> HTMLResponse:
    query = read_valid(DeliveriesQuery, request.query_params)
    state = query.state if query.state in lists.TROUBLED else DeliveryState.FAILED
    async with work.transaction() as tx:
        page = await lists.list_troubled(tx, state, paging)
        counts = await lists.count_troubled(tx)
    return SITE.render(
        request,
        "troubled.html",
        query,
        here="console",
        status=form.status,
        form=form,
        state=state,
        page=page,
        counts=counts,
        first=paging.after is None,
        **_name(request),
    )


def _name(request: Request) -> Mapping[str, Any]:
    """The words of kinds and states, for templates."""
    texts = SITE.load_texts(request)
    return {
        "name_kind": lambda kind: words.name_kind(kind, texts),
        "name_state": lambda state: words.name_state(state, texts),
    }

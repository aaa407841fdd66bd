"""The pages of an organisation's offers: all of them, one with what can be done, and its cancellation."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from services.events.hosting.hosted import list_hosted, read_hosted_by
from services.events.offers import lifecycle
from services.events.offers.lifecycle import CancelOffer
from services.events.offers.rules import LifecycleState
from services.events.registrations import capacity
from services.events.registrations.capacity import SetCapacity
from services.events.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts.model import Slug
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import PageRequestDep
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.navigation import ORGANISATIONS
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SlugPath = Annotated[Slug, Path()]


class HostedQuery(PageQuery):
    """Which offers the list shows."""

    state: LifecycleState | None = None


class OfferAct(Command):
    """Which button was pressed; no `places`: open to all members."""

    act: Literal["publish", "places"]
    places: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


@router.api_route("/organisations/{slug}/offers", methods=METHODS)
async def show_hosted(
    request: Request, slug: SlugPath, asker: Coordinator, work: UnitOfWorkDep, paging: PageRequestDep
) -> HTMLResponse:
    """The offers of an organisation."""
    query = read_valid(HostedQuery, request.query_params)
    async with work.transaction() as tx:
        hosted = await list_hosted(tx, asker, slug, query.state, paging)
    return SITE.render(
        request,
        "hosted.html",
        query,
        here=ORGANISATIONS,
        slug=slug,
        hosted=hosted,
        states=list(LifecycleState),
        chosen=query.state,
        first=paging.after is None,
    )


@router.api_route("/organisations/{slug}/offers/{offer}", methods=METHODS)
async def show_hosted_offer(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """One offer, and what can be done with it."""
    return await _show_offer(request, slug, offer, asker, work, None)


@router.post("/organisations/{slug}/offers/{offer}", response_model=None)
async def change_offer(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The offer as it is then, or with what is wrong."""
    form = SITE.read_form(request, OfferAct, posted)
    if form.command is not None:
        work.acts_for(slug)
        with form.refusals():
            async with work.transaction() as tx:
                await _act(tx, asker, slug, offer, form.command)
            return SITE.redirect(request, f"/organisations/{slug}/offers/{offer}", done=form.command.act)
    return await _show_offer(request, slug, offer, asker, work, form)


@router.api_route("/organisations/{slug}/offers/{offer}/cancellation", methods=METHODS)
async def ask_before_cancelling(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """What follows from a cancellation, before it is done."""
    return await _show_cancellation(request, slug, offer, asker, work, SITE.fill_form(request))


@router.post("/organisations/{slug}/offers/{offer}/cancellation", response_model=None)
async def cancel_hosted_offer(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The offer, which is cancelled then, or the question again."""
    form = SITE.read_form(request, CancelOffer, posted)
    async with work.transaction() as tx:
        form.require_typed("typed", (await read_hosted_by(tx, asker, slug, offer)).slug)
    if form.command is not None:
        work.acts_for(slug)
        with form.refusals():
            async with work.transaction() as tx:
                await lifecycle.cancel_offer(tx, asker, offer, form.command)
            return SITE.redirect(request, f"/organisations/{slug}/offers/{offer}", done="cancelled")
    return await _show_cancellation(request, slug, offer, asker, work, form)


async def _act(tx: Tx, asker: Principal, slug: Slug, offer: UUID, command: OfferAct) -> None:
    await read_hosted_by(tx, asker, slug, offer)
    if command.act == "publish":
        await lifecycle.publish_offer(tx, asker, offer)
    else:
        await capacity.set_capacity(tx, asker, offer, SetCapacity(places=command.places))


async def _show_offer(
    request: Request, slug: Slug, offer: UUID, asker: Principal, work: UnitOfWorkDep, form: Form[Any] | None
) -> HTMLResponse:
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
    form = form or SITE.fill_form(request, places=stored.places)
    return SITE.render(
        request,
        "hosted-offer.html",
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        slug=slug,
        offer=stored,
    )


async def _show_cancellation(
    request: Request, slug: Slug, offer: UUID, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
    return SITE.render(
        request,
        "cancel-offer.html",
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        slug=slug,
        offer=stored,
    )

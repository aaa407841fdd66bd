"""The pages where a coordinator plans an offer, writes one anew, or uses one again."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from starlette.datastructures import FormData

from services.events.hosting.hosted import read_hosted_by, require_host
from services.events.offers import drafts
from services.events.offers.drafts import DraftedOffer
from services.events.offers.offers import StoredOffer
from services.events.planning import changing, copying, plan
from services.events.planning.copying import CopyOffer
from services.events.planning.plan import PlanOffer, RewriteOffer
from services.events.replicas import organisations
from services.events.site import SITE
from services.events.texts import name_mode
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts.events import Mode
from shared.contracts.model import Slug
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted, read_posted
from shared.web.navigation import ORGANISATIONS
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
CommandT = TypeVar("CommandT", bound=BaseModel)
SlugPath = Annotated[Slug, Path()]
_AT_FIRST: dict[str, Any] = {
    "mode": "onsite",
    "timezone": "Europe/Berlin",
    "title_language": "de",
    "languages": ["de"],
    "waiting_list": True,
}


@router.api_route("/organisations/{slug}/offers/new", methods=METHODS)
async def show_plan(
    request: Request, slug: SlugPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The form as it is at first."""
    require_host(asker, slug)
    return await _show(request, slug, work, SITE.fill_form(request, **_AT_FIRST), rows=1)


@router.post("/organisations/{slug}/offers/new", response_model=None)
async def plan_offer(
    request: Request, slug: SlugPath, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The draft, or the form with what is wrong, or with one more row for a date."""
    require_host(asker, slug)
    form, rows = _read(request, PlanOffer, posted, organisation=slug)
    if form.command is not None:
        work.acts_for(slug)
        with form.refusals():
            drafted = await form.run_once(
                request, lambda tx, command: drafts.draft_offer(tx, asker, command), DraftedOffer
            )
            return SITE.redirect(request, f"/organisations/{slug}/offers/{drafted.offer}", done="planned")
    return await _show(request, slug, work, form, rows)


@router.api_route("/organisations/{slug}/offers/{offer}/change", methods=METHODS)
async def show_change(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The form with all that the offer says now."""
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
    form = SITE.fill_form(request, **plan.spell_offer(stored))
    return _show_change(request, slug, stored, form, rows=len(stored.occurrences))


@router.post("/organisations/{slug}/offers/{offer}/change", response_model=None)
async def rewrite_offer(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The offer as it is then, or the form with what is wrong, or with one more row for a date."""
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
    form, rows = _read(request, RewriteOffer, posted)
    if form.command is not None:
        work.acts_for(slug)
        with form.refusals():
            async with work.transaction() as tx:
                await changing.change_offer(tx, asker, offer, form.command)
            return SITE.redirect(request, f"/organisations/{slug}/offers/{offer}", done="changed")
    return _show_change(request, slug, stored, form, rows)


@router.api_route("/organisations/{slug}/offers/{offer}/copy", methods=METHODS)
async def ask_for_name(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """What a copy of the offer would be, and the question for its name."""
    return await _show_copy(request, slug, offer, asker, work, SITE.fill_form(request))


@router.post("/organisations/{slug}/offers/{offer}/copy", response_model=None)
async def copy_offer(
    request: Request, slug: SlugPath, offer: UUID, asker: Coordinator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The copy, to be changed; or the question again."""
    form = SITE.read_form(request, CopyOffer, posted, organisation=slug)
    if form.command is not None:
        work.acts_for(slug)
        with form.refusals():
            copy = await form.run_once(
                request, lambda tx, command: copying.copy_offer(tx, asker, offer, command), DraftedOffer
            )
            return SITE.redirect(request, f"/organisations/{slug}/offers/{copy.offer}/change", done="copied")
    return await _show_copy(request, slug, offer, asker, work, form)


def _read(
    request: Request, model: type[CommandT], posted: FormData, **known: Any
) -> tuple[Form[CommandT], int]:
    """The form that was posted, and how many rows it has for dates; without a command if one more is wanted."""
    rows = plan.count_rows(posted)
    if "more" in posted:
        return SITE.fill_form(request, **read_posted(posted)[0]), min(rows + 1, plan.MOST_ROWS)
    occurrences = plan.read_occurrences(posted)
    form = SITE.read_form(request, model, posted, occurrences=occurrences, **known)
    if wrong := form.errors.pop("occurrences", ""):
        form.reject("starts_1", wrong) if occurrences else form.reject_missing("starts_1")
    return form, rows


async def _show(
    request: Request, slug: Slug, work: UnitOfWorkDep, form: Form[Any], rows: int
) -> HTMLResponse:
    async with work.transaction() as tx:
        names = await organisations.read_names(tx)
    others = [(each, name) for each, name in names.items() if each != slug]
    return _render_form(request, "plan-offer.html", form, slug=slug, rows=rows, others=others)


def _show_change(
    request: Request, slug: Slug, stored: StoredOffer, form: Form[Any], rows: int
) -> HTMLResponse:
    return _render_form(request, "change-offer.html", form, slug=slug, rows=rows, offer=stored)


def _render_form(request: Request, template: str, form: Form[Any], **values: Any) -> HTMLResponse:
    texts = SITE.load_texts(request)
    return SITE.render(
        request,
        template,
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        modes=[(mode, name_mode(mode, texts), "") for mode in Mode],
        **plan.list_choices(),
        **values,
    )


async def _show_copy(
    request: Request, slug: Slug, offer: UUID, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        stored = await read_hosted_by(tx, asker, slug, offer)
    return SITE.render(
        request, "copy-offer.html", here=ORGANISATIONS, status=form.status, form=form, slug=slug, offer=stored
    )

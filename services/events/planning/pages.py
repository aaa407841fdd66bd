"""The page where a coordinator plans an offer."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.events.hosting.hosted import require_host
from services.events.offers import drafts
from services.events.offers.drafts import DraftedOffer
from services.events.planning import plan
from services.events.planning.plan import PlanOffer
from services.events.replicas import organisations
from services.events.site import SITE
from services.events.texts import name_mode
from shared.access.serving import Coordinator
from shared.contracts.events import Mode
from shared.contracts.model import Slug
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted, read_posted
from shared.web.navigation import ORGANISATIONS
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
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
    rows = plan.count_rows(posted)
    if "more" in posted:
        typed = SITE.fill_form(request, **read_posted(posted)[0])
        return await _show(request, slug, work, typed, rows=min(rows + 1, plan.MOST_ROWS))
    occurrences = plan.read_occurrences(posted)
    form = SITE.read_form(request, PlanOffer, posted, organisation=slug, occurrences=occurrences)
    if wrong := form.errors.pop("occurrences", ""):
        form.reject("starts_1", wrong) if occurrences else form.reject_missing("starts_1")
    if form.command is not None:
        work.acts_for(slug)
        with form.refusals():
            drafted = await form.run_once(
                request, lambda tx, command: drafts.draft_offer(tx, asker, command), DraftedOffer
            )
            return SITE.redirect(request, f"/organisations/{slug}/offers/{drafted.offer}", done="planned")
    return await _show(request, slug, work, form, rows=rows)


async def _show(
    request: Request, slug: Slug, work: UnitOfWorkDep, form: Form[Any], rows: int
) -> HTMLResponse:
    async with work.transaction() as tx:
        names = await organisations.read_names(tx)
    texts = SITE.load_texts(request)
    return SITE.render(
        request,
        "plan-offer.html",
        here=ORGANISATIONS,
        status=form.status,
        form=form,
        slug=slug,
        rows=rows,
        others=[(each, name) for each, name in names.items() if each != slug],
        modes=[(mode, name_mode(mode, texts), "") for mode in Mode],
        **plan.list_choices(),
    )

"""The pages where desks are staffed, opened, and given to organisations."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.matching.desks import desks
from services.matching.desks.desks import ChangeSeat, GiveDesk
from services.matching.replicas import members
from services.matching.site import SITE
from shared.access.principal import Principal
from shared.access.serving import CoordinatorOrOperator, Operator
from shared.contracts import vocabulary
from shared.contracts.model import Slug
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SlugPath = Annotated[Slug, Path()]


class OpenDesk(GiveDesk):
    """`GiveDesk` with its region, as one form."""

    region: Slug


@router.api_route("/advice/desks", methods=METHODS)
async def show_desks(request: Request, asker: CoordinatorOrOperator, work: UnitOfWorkDep) -> HTMLResponse:
    """The desks that the asker staffs."""
    return await _show_desks(request, asker, work, SITE.fill_form(request))


@router.post("/advice/desks", response_model=None)
async def give_desk(request: Request, asker: Operator, work: UnitOfWorkDep, posted: Posted) -> Response:
    """The desk that was given, or the form with what is wrong."""
    form = SITE.read_form(request, OpenDesk, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                given = GiveDesk(organisation=form.command.organisation)
                await desks.give_desk(tx, form.command.region, given)
            return SITE.redirect(request, "/advice/desks", done="given")
    return await _show_desks(request, asker, work, form)


@router.api_route("/advice/desks/{region}", methods=METHODS)
async def show_staff(
    request: Request, region: SlugPath, asker: CoordinatorOrOperator, work: UnitOfWorkDep, name: str = ""
) -> HTMLResponse:
    """Who sits at a desk, and members of its organisation with a family name that is looked for."""
    return await _show_staff(request, region, asker, work, SITE.fill_form(request), name.strip()[:200])


@router.post("/advice/desks/{region}", response_model=None)
async def change_seat(
    request: Request, region: SlugPath, asker: CoordinatorOrOperator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The desk as it is then, or with what is wrong."""
    form = SITE.read_form(request, ChangeSeat, posted)
    if form.command is not None:
        with form.refusals():
            async with work.transaction() as tx:
                await desks.change_seat(tx, asker, region, form.command)
            return SITE.redirect(request, f"/advice/desks/{region}", done="staffed")
    return await _show_staff(request, region, asker, work, form, "")


async def _show_desks(
    request: Request, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        found = await desks.list_staffed_by(tx, asker)
    return SITE.render(
        request,
        "desks.html",
        here="advice",
        status=form.status,
        form=form,
        desks=found,
        regions=list(vocabulary.regions()),
    )


async def _show_staff(
    request: Request, region: Slug, asker: Principal, work: UnitOfWorkDep, form: Form[Any], name: str
) -> HTMLResponse:
    async with work.transaction() as tx:
        desk = await desks.read_staffed_by(tx, asker, region)
        found = await members.find_by_family_name(tx, desk.organisation, name) if name else []
        names = await members.find_names(tx, [*desk.contacts, *desk.deputies])
    return SITE.render(
        request,
        "staff.html",
        here="advice",
        status=form.status,
        form=form,
        desk=desk,
        names=names,
        name=name,
        found=found,
    )

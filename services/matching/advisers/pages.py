"""The page where advisers say how many mentorships they take on at a time."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from services.matching.advisers import advisers
from services.matching.advisers.advisers import SetCapacity
from services.matching.site import SITE
from shared.access.serving import Member
from shared.runtime.commands import Command
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class ChangePlaces(Command):
    """`SetCapacity`, as a form writes numbers."""

    capacity: Annotated[int, Field(ge=0, le=20)]


@router.api_route("/advice/places", methods=METHODS)
async def show_places(request: Request, asker: Member, work: UnitOfWorkDep) -> HTMLResponse:
    """How many mentorships the asker takes on."""
    async with work.transaction() as tx:
        known = await advisers.read_capacity(tx, asker.require_member())
    form = SITE.fill_form(request, capacity=known.capacity)
    return SITE.render(request, "places.html", here="advice", form=form)


@router.post("/advice/places", response_model=None)
async def change_places(request: Request, asker: Member, work: UnitOfWorkDep, posted: Posted) -> Response:
    """The home again, or the form with what is wrong."""
    form = SITE.read_form(request, ChangePlaces, posted)
    if form.command is not None:
        command = SetCapacity(capacity=form.command.capacity)
        with form.refusals():
            async with work.transaction() as tx:
                await advisers.set_capacity(tx, asker, asker.require_member(), command)
            return SITE.redirect(request, "/advice", done="capacity")
    return SITE.render(request, "places.html", here="advice", status=form.status, form=form)

"""The page where a tally is added."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from shared.web.forms import Posted
from shared.web.pages import METHODS
from tests.shared.toy.adding.adding import Added, AddTally, add_tally
from tests.shared.toy.site import SITE

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.api_route("/tallies/new", methods=METHODS)
async def show_form(request: Request) -> HTMLResponse:
    """The form as it is at first."""
    return SITE.render(request, "add.html", here="me", form=SITE.fill_form(request, step=1))


@router.post("/tallies/new", response_model=None)
async def add(request: Request, posted: Posted) -> Response:
    """The list with the new tally, or the form again with what is wrong."""
    form = SITE.read_form(request, AddTally, posted)
    if form.command is not None:
        with form.refusals():
            await form.run_once(request, add_tally, Added)
            return SITE.redirect(request, "/gallery", done="added")
    return SITE.render(request, "add.html", here="me", status=form.status, form=form)

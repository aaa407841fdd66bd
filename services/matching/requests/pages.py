"""The page where a member asks for an adviser."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.matching.replicas import members
from services.matching.requests import requests
from services.matching.requests.requests import CreatedRequest, RequestMentorship
from services.matching.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Member
from shared.contracts import vocabulary
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# Beside those that the member speaks.
_USUAL_LANGUAGES = ("de", "en", "fr", "es", "ru")


@router.api_route("/advice/new", methods=METHODS)
async def show_form(request: Request, asker: Member, work: UnitOfWorkDep) -> HTMLResponse:
    """The form as it is at first, in the languages that the asker speaks."""
    spoken = await _read_languages(asker, work)
    return _show(request, SITE.fill_form(request, languages=spoken), spoken)


@router.post("/advice/new", response_model=None)
async def ask(request: Request, asker: Member, work: UnitOfWorkDep, posted: Posted) -> Response:
    """The home with what was asked, or the form with what is wrong."""
    form = SITE.read_form(request, RequestMentorship, posted)
    if form.command is not None:
        with form.refusals():
            await form.run_once(
                request, lambda tx, command: requests.request_mentorship(tx, asker, command), CreatedRequest
            )
            return SITE.redirect(request, "/advice", done="asked")
    return _show(request, form, await _read_languages(asker, work))


async def _read_languages(asker: Principal, work: UnitOfWorkDep) -> list[str]:
    async with work.transaction() as tx:
        return await members.find_languages(tx, asker.require_member())


def _show(request: Request, form: Form[Any], spoken: list[str]) -> HTMLResponse:
    return SITE.render(
        request,
        "ask.html",
        here="advice",
        status=form.status,
        form=form,
        regions=list(vocabulary.regions()),
        themes=list(vocabulary.themes()),
        spoken=list(dict.fromkeys([*spoken, *_USUAL_LANGUAGES])),
    )

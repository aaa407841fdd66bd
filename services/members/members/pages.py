"""The page where a member changes what is known of them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.members.members import changing, profiles
from services.members.members.changing import FIELDS, ChangeProfile
from services.members.members.dependencies import AudienceIdsDep
from services.members.organisations import organisations
from services.members.site import SITE
from shared.access.serving import Member
from shared.contracts import vocabulary
from shared.contracts.refusals import NotFound
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# Those of which there are too many to show all: the chosen ones, and one that is added.
_ADDED = {"add_language": "languages", "add_region": "regions"}


@router.api_route("/me/profile", methods=METHODS)
async def show_profile(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep
) -> HTMLResponse:
    """The profile as it is."""
    async with work.transaction() as tx:
        found = await profiles.read_profiles(tx, audience_ids, [asker.require_member()])
    if not found:
        raise NotFound("member-unknown", "No member has this id.")
    profile = found[0][0]
    form = SITE.fill_form(request, **{name: getattr(profile, name) for name in FIELDS})
    return await _show(request, work, form)


@router.post("/me/profile", response_model=None)
async def change_profile(
    request: Request, asker: Member, work: UnitOfWorkDep, audience_ids: AudienceIdsDep, posted: Posted
) -> Response:
    """The asker's page, or the form with what is wrong."""
    several = {
        many: [code for code in [*posted.getlist(many), posted.get(one, "")] if code]
        for one, many in _ADDED.items()
    }
    form = SITE.read_form(request, ChangeProfile, posted, **several)
    if form.command is not None:
        # What the form leaves empty is meant to be empty.
        command = ChangeProfile.model_validate(form.command.model_dump())
        with form.refusals():
            async with work.transaction() as tx:
                await changing.change_profile(tx, asker, audience_ids, asker.require_member(), command)
            return SITE.redirect(request, "/me", done="profile-changed")
    return await _show(request, work, form)


async def _show(request: Request, work: UnitOfWork, form: Form[Any]) -> HTMLResponse:
    async with work.transaction() as tx:
        missions = await organisations.list_missions(tx)
    return SITE.render(
        request,
        "profile.html",
        here="me",
        status=form.status,
        form=form,
        missions=missions,
        countries=list(vocabulary.countries()),
        themes=list(vocabulary.themes()),
        regions=list(vocabulary.regions()),
        known_languages=list(vocabulary.languages()),
    )

"""The pages on which coordinators change an affiliation, and say what they know of a member's person."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.members.members import profiles
from services.members.members.audience_ids import AudienceIds
from services.members.members.dependencies import AudienceIdsDep
from services.members.members.statements import SAID
from services.members.organisations import organisations
from services.members.organisations.own import (
    OrganisationPath,
    OwnOrganisation,
    own_path,
    read_own,
    show_page,
)
from services.members.roster.words import name_roles
from services.members.site import SITE
from services.members.statements import affiliations
from services.members.statements.affiliations import FIELDS, AffiliationPath, ChangeAffiliation
from services.members.statements.profiles import StateProfile, state_profile
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts import vocabulary
from shared.contracts.members import Profile
from shared.postgres.pool import Tx
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

router = APIRouter(
    prefix="/organisations/{organisation}/members/{member}",
    include_in_schema=False,
    default_response_class=HTMLResponse,
)
AffiliationNumber = Annotated[int, Path(alias="affiliation", ge=1, le=2**63 - 1)]
# Those of which there are too many to show all: one that is added.
_ADDED = {"languages": "add_language", "regions": "add_region"}


@router.api_route("/profile", methods=METHODS)
async def show_profile(
    request: Request,
    organisation: OrganisationPath,
    member: UUID,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
) -> HTMLResponse:
    """The profile as it is, to be filled."""
    async with work.transaction() as tx:
        own, profile = await _read_member(tx, asker, organisation, audience_ids, member)
        missions = await organisations.list_missions(tx)
    form = SITE.fill_form(request, **{name: getattr(profile, name) for name in SAID if name not in _ADDED})
    return _show_profile(request, own, profile, form, missions)


@router.post("/profile", response_model=None)
async def suggest_profile(
    request: Request,
    organisation: OrganisationPath,
    member: UUID,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
    posted: Posted,
) -> Response:
    """The member with what was filled, or the form with what is wrong."""
    added = {many: [code] for many, one in _ADDED.items() if (code := str(posted.get(one, "")))}
    form = SITE.read_form(request, StateProfile, posted, **added)
    async with work.transaction() as tx:
        own, profile = await _read_member(tx, asker, organisation, audience_ids, member)
        if form.command is None:
            missions = await organisations.list_missions(tx)
            return _show_profile(request, own, profile, form, missions)
        effect = await state_profile(tx, asker, audience_ids, organisation, member, form.command)
    done = "profile-suggested" if effect.suggested else "profile-filled" if effect.filled else "profile-same"
    return SITE.redirect(request, own_path(organisation, "members", member), done=done)


@router.api_route("/affiliations/{affiliation}", methods=METHODS)
async def show_affiliation(
    request: Request,
    organisation: OrganisationPath,
    member: UUID,
    affiliation: AffiliationNumber,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
) -> HTMLResponse:
    """What the member is to the organisation, to be changed or ended."""
    which = AffiliationPath(organisation, member, affiliation)
    async with work.transaction() as tx:
        own, profile = await _read_member(tx, asker, organisation, audience_ids, member)
        row = await affiliations.find_affiliation(tx, which)
    form = SITE.fill_form(request, **{name: row[name] for name in FIELDS})
    return _show_affiliation(request, own, profile, form)


@router.post("/affiliations/{affiliation}", response_model=None)
async def change_affiliation(
    request: Request,
    organisation: OrganisationPath,
    member: UUID,
    affiliation: AffiliationNumber,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
    posted: Posted,
) -> Response:
    """The member as they are now, or the form with what is wrong."""
    which, ending = AffiliationPath(organisation, member, affiliation), posted.get("act") == "end"
    form = SITE.read_form(request, ChangeAffiliation, posted)
    async with work.transaction() as tx:
        own, profile = await _read_member(tx, asker, organisation, audience_ids, member)
        await affiliations.find_affiliation(tx, which)
    if not ending and form.command is None:
        return _show_affiliation(request, own, profile, form)
    with form.refusals():
        async with work.transaction() as tx:
            if ending or form.command is None:
                await affiliations.end_affiliation(tx, asker, audience_ids, which)
            else:
                await affiliations.change_affiliation(tx, asker, audience_ids, which, form.command)
            stays = await affiliations.is_affiliated(tx, organisation, member)
        path = own_path(organisation, "members", *([member] if stays else []))
        return SITE.redirect(request, path, done="affiliation-ended" if ending else "affiliation-changed")
    return _show_affiliation(request, own, profile, form)


async def _read_member(
    tx: Tx, asker: Principal, organisation: str, audience_ids: AudienceIds, member: UUID
) -> tuple[OwnOrganisation, Profile]:
    """Raises `NotFound` for whoever isn't the organisation's member, or asks for one that they don't coordinate."""
    own = await read_own(tx, asker, organisation)
    return own, await profiles.read_seen(tx, asker.acting_for(organisation), audience_ids, member)


def _show_profile(
    request: Request,
    own: OwnOrganisation,
    profile: Profile,
    form: Form[Any],
    missions: Sequence[tuple[str, str]],
) -> HTMLResponse:
    return show_page(
        request,
        "said.html",
        own,
        "members",
        status=form.status,
        form=form,
        profile=profile,
        missions=missions,
        tongues=list(vocabulary.languages()),
        countries=list(vocabulary.countries()),
        themes=list(vocabulary.themes()),
        regions=list(vocabulary.regions()),
    )


def _show_affiliation(
    request: Request, own: OwnOrganisation, profile: Profile, form: Form[Any]
) -> HTMLResponse:
    return show_page(
        request,
        "affiliation.html",
        own,
        "members",
        status=form.status,
        form=form,
        profile=profile,
        roles=name_roles(SITE.load_texts(request)),
    )

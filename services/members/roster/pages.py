"""The pages of an organisation's members: finding them, looking at one, adding one."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from services.members.members import joining, profiles, suggestions
from services.members.members.dependencies import AudienceIdsDep
from services.members.members.joining import JoinedMember, JoinMember
from services.members.organisations.own import (
    OrganisationPath,
    link_pages,
    own_path,
    read_own,
    show_page,
)
from services.members.roster import roster
from services.members.roster.roster import RosterQuery
from services.members.roster.words import name_roles
from services.members.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Coordinator
from shared.contracts import vocabulary
from shared.contracts.members import Role
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.paging import PageRequest, decode_cursor
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS
from shared.web.query import read_valid

router = APIRouter(
    prefix="/organisations/{organisation}/members",
    include_in_schema=False,
    default_response_class=HTMLResponse,
)
SHOWN = 50


@router.api_route("", methods=METHODS)
async def show_members(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The organisation's members who are looked for, by their names."""
    query = read_valid(RosterQuery, request.query_params)
    paging = PageRequest(SHOWN, decode_cursor(query.cursor) if query.cursor else None)
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        page = await roster.find_members(tx, organisation, query, paging)
    return show_page(
        request,
        "members.html",
        own,
        "members",
        query,
        members=page.items,
        pages=link_pages(query, own_path(organisation, "members"), page),
        roles=name_roles(SITE.load_texts(request)),
        asked=query,
    )


@router.api_route("/new", methods=METHODS)
async def show_form(
    request: Request, organisation: OrganisationPath, asker: Coordinator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The form for one more member."""
    form = SITE.fill_form(request, role=Role.ALUMNUS, language="en")
    return await _show_form(request, organisation, asker, work, form)


@router.post("/new", response_model=None)
async def join_member(
    request: Request,
    organisation: OrganisationPath,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
    posted: Posted,
) -> Response:
    """The member who was added, or the form with what is wrong."""

    async def join(tx: Tx, command: JoinMember) -> JoinedMember:
        await read_own(tx, asker, organisation)
        return await joining.join_member(tx, asker, audience_ids, command)

    form = SITE.read_form(request, JoinMember, posted, organisation=organisation)
    if form.command is not None:
        with form.refusals():
            joined = await form.run_once(request, join, JoinedMember)
            path = own_path(organisation, "members", joined.member)
            return SITE.redirect(request, path, done=f"member-{joined.outcome}")
    return await _show_form(request, organisation, asker, work, form)


@router.api_route("/{member}", methods=METHODS)
async def show_member(
    request: Request,
    organisation: OrganisationPath,
    member: UUID,
    asker: Coordinator,
    work: UnitOfWorkDep,
    audience_ids: AudienceIdsDep,
) -> HTMLResponse:
    """One member, and what they are to the organisation."""
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
        affiliations = (await roster.list_affiliations(tx, organisation, [member])).get(member)
        if not affiliations:
            raise NotFound("member-unknown", "No member has this id.")
        profile = await profiles.read_seen(tx, asker.acting_for(organisation), audience_ids, member)
        suggested = await suggestions.list_suggestions(tx, member, organisation)
    return show_page(
        request,
        "member.html",
        own,
        "members",
        profile=profile,
        affiliations=affiliations,
        suggested=suggested,
        roles=name_roles(SITE.load_texts(request)),
    )


async def _show_form(
    request: Request, organisation: str, asker: Principal, work: UnitOfWorkDep, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        own = await read_own(tx, asker, organisation)
    return show_page(
        request,
        "join.html",
        own,
        "members",
        status=form.status,
        form=form,
        roles=name_roles(SITE.load_texts(request)),
        tongues=list(vocabulary.languages()),
        countries=list(vocabulary.countries()),
    )

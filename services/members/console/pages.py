"""The pages of the console that are of the whole installation: where it begins, and who has a mandate."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from services.members.console.giving import FORMS, Kind, build_command
from services.members.mandates import holders, mandates
from services.members.mandates.holders import NamedMandate
from services.members.site import SITE
from shared.access.principal import Principal
from shared.access.serving import Operator
from shared.contracts.refusals import NotFound
from shared.i18n.languages import LANGUAGES
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import PageRequest, PageRequestDep
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SERVICES = ("members", "events", "matching", "notifications")
MANDATES = "/console/members/mandates"
# Operators are few; a page of systems has its pager.
OPERATORS = PageRequest(100, None)
MandatePath = Annotated[UUID, Path()]


class EndMandate(Command):
    """That it is meant: who holds it, as it is written there."""

    typed: str = ""


class SystemsQuery(PageQuery):
    """Where the list of partners' systems begins."""

    cursor: str | None = None


@router.api_route("/console", methods=METHODS)
async def show_console(request: Request, _asker: Operator) -> HTMLResponse:
    """The services, each of which shows its own part."""
    return SITE.render(request, "console.html", here="console", services=SERVICES)


@router.api_route(MANDATES, methods=METHODS)
async def show_mandates(
    request: Request, asker: Operator, work: UnitOfWorkDep, paging: PageRequestDep
) -> HTMLResponse:
    """Who operates the installation, and which systems of partners come in."""
    query = read_valid(SystemsQuery, request.query_params)
    async with work.transaction() as tx:
        operators = (await mandates.list_mandates(tx, asker, "", OPERATORS)).items
        page = await mandates.list_systems(tx, paging)
        held = await holders.name_holders(tx, operators)

    def turn(cursor: str | None) -> str:
        return query.model_copy(update={"cursor": cursor}).build_link(MANDATES)

    return _render(
        request,
        "console-mandates.html",
        held=held,
        systems=page.items,
        next=turn(page.next) if page.next else "",
        first=turn(None) if query.cursor else "",
        asker=asker,
    )


@router.api_route(f"{MANDATES}/new/{{kind}}", methods=METHODS)
async def show_giving(request: Request, kind: Kind, _asker: Operator) -> HTMLResponse:
    """A form to give a mandate of this kind."""
    language = read_valid(PageQuery, request.query_params).negotiate_language(request)
    return _show_giving(request, kind, SITE.fill_form(request, language=language))


@router.post(f"{MANDATES}/new/{{kind}}", response_model=None)
async def give_from_console(
    request: Request, kind: Kind, asker: Operator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The mandates with the new one, or the form with what is wrong."""
    form = SITE.read_form(request, FORMS[kind], posted)
    if form.command is not None:
        command = build_command(kind, form.command)
        work.acts_for(command.organisation)
        with form.refusals():
            async with work.transaction() as tx:
                await mandates.give_mandate(tx, asker, command, request.app.state.origin)
            done = "system-let-in" if kind is Kind.SYSTEM else "invited"
            return SITE.redirect(request, MANDATES, done=done)
    return _show_giving(request, kind, form)


@router.api_route(f"{MANDATES}/{{mandate}}", methods=METHODS)
async def show_taking_back(
    request: Request, mandate: MandatePath, asker: Operator, work: UnitOfWorkDep
) -> HTMLResponse:
    """What follows when this mandate is taken back."""
    return await _ask(request, mandate, asker, work, SITE.fill_form(request))


@router.post(f"{MANDATES}/{{mandate}}", response_model=None)
async def take_back_from_console(
    request: Request, mandate: MandatePath, asker: Operator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The mandates without this one, or the question again."""
    form = SITE.read_form(request, EndMandate, posted)
    with form.refusals():
        async with work.transaction() as tx:
            held = await _find(tx, mandate)
            form.require_typed("typed", _call(held))
            if form.command is not None:
                work.acts_for(await mandates.take_back_mandate(tx, asker, mandate))
                own = held.mandate.account == asker.account
                return SITE.redirect(request, "/" if own else MANDATES, done="taken-back")
    return await _ask(request, mandate, asker, work, form)


async def _ask(
    request: Request, mandate: UUID, asker: Principal, work: UnitOfWork, form: Form[Any]
) -> HTMLResponse:
    async with work.transaction() as tx:
        held = await _find(tx, mandate)
    return _render(
        request,
        "console-take-back.html",
        status=form.status,
        form=form,
        held=held.mandate,
        called=_call(held),
        asker=asker,
    )


async def _find(tx: Tx, mandate: UUID) -> NamedMandate:
    """A mandate that holds or waits. Raises `NotFound`."""
    found = await mandates.find_mandate(tx, mandate)
    if found is None:
        raise NotFound("mandate-unknown", "No mandate has this id.")
    [held] = await holders.name_holders(tx, [found])
    return held


def _call(held: NamedMandate) -> str:
    """What is typed to take it back: who holds it, or its organisation where nobody is named."""
    return held.called or held.mandate.organisation or str(held.mandate.account)


def _show_giving(request: Request, kind: Kind, form: Form[Any]) -> HTMLResponse:
    issuers = [(each.issuer, each.name) for each in request.app.state.service.settings.issuers]
    return _render(
        request,
        "console-give.html",
        status=form.status,
        form=form,
        kind=kind,
        issuers=issuers,
        languages_of_mails=LANGUAGES,
    )


def _render(request: Request, template: str, **values: Any) -> HTMLResponse:
    return SITE.render(request, template, here="console", **values)

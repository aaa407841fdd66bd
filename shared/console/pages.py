"""The pages of a service's console, at `/console/<service>`: for operators, under the verbs of the command line."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from shared.access.serving import Operator
from shared.console.audit_pages import add_audit_routes
from shared.console.figures import Cause, read_cause, read_figures
from shared.console.frame import find_base, render
from shared.console.job_pages import add_job_routes
from shared.console.live import describe_live
from shared.console.site import SITE
from shared.console.watch import find_watch
from shared.messaging.consumer import parking
from shared.operations.causes import FIRST
from shared.operations.replay import ReplayOutcome, replay_key_within
from shared.runtime import attempts, health
from shared.runtime.commands import Command, Line
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Form, Posted
from shared.web.pages import METHODS

# So many keys are replayed or dropped by one button; the command line does all.
PAGE = 50
# Nothing on the way holds it back to make it shorter.
AS_IT_COMES = {"Cache-Control": "no-store, no-transform"}
Fingerprint = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]


class RetryItem(Command):
    """Which failed item's button was pressed."""

    worker: Line
    item: Line


class DropCause(Command):
    """Why what waits under the keys of a cause is given up."""

    reason: Line


def build_router(service: str) -> APIRouter:
    """The console's part of this service."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    base, of_cause = f"/console/{service}", f"/console/{service}/parked/{{cause}}"
    router.add_api_route(base, show_service, methods=METHODS)
    router.add_api_route(f"{base}/live", follow_service, response_model=None)
    router.add_api_route(base, retry_item, methods=["POST"], response_model=None)
    router.add_api_route(of_cause, show_cause, methods=METHODS)
    router.add_api_route(of_cause, replay_cause, methods=["POST"], response_model=None)
    router.add_api_route(f"{of_cause}/drop", ask_before_dropping, methods=METHODS)
    router.add_api_route(f"{of_cause}/drop", drop_cause, methods=["POST"], response_model=None)
    add_job_routes(router, base)
    add_audit_routes(router, base)
    return router


async def show_service(request: Request, _asker: Operator, work: UnitOfWorkDep) -> HTMLResponse:
    """How the service does, and what waits for an operator."""
    async with work.transaction() as tx:
        figures = await read_figures(tx)
    watch, checks = find_watch(request.app.state), await health.check_parts(request.app.state)
    async with watch.looking():
        await watch.read()
    return render(request, "service.html", figures=figures, **describe_live(request, watch, checks))


async def follow_service(request: Request, _asker: Operator) -> Response:
    """How the service does from now on, as server-sent events. Raises `Unavailable` where too many look already."""
    watch = find_watch(request.app.state)
    watch.require_room()

    def write() -> str:
        return SITE.render_part(request, "live.html", **describe_live(request, watch))

    return StreamingResponse(watch.follow(write), media_type="text/event-stream", headers=AS_IT_COMES)


async def retry_item(request: Request, _asker: Operator, work: UnitOfWorkDep, posted: Posted) -> Response:
    """The page of the service, whose item is tried again then."""
    form = SITE.read_form(request, RetryItem, posted)
    again = 0
    if form.command is not None:
        async with work.transaction() as tx:
            again = await attempts.retry_failed(tx, form.command.worker, form.command.item)
    return SITE.redirect(request, find_base(request), done="retried", counts=(again,))


async def show_cause(
    request: Request, cause: Fingerprint, _asker: Operator, work: UnitOfWorkDep
) -> HTMLResponse:
    """The keys that are parked for one cause."""
    return render(request, "cause.html", cause=await _read_cause(work, cause), page=PAGE)


async def replay_cause(
    request: Request, cause: Fingerprint, _asker: Operator, work: UnitOfWorkDep, _posted: Posted
) -> Response:
    """The page of the service, when what waits under the first keys was applied, or failed again."""
    async with work.transaction() as tx:
        keys = await parking.find_page(tx, cause, FIRST, PAGE)
    done: Counter[ReplayOutcome] = Counter()
    for key in keys:
        outcome, _ = await replay_key_within(work.transaction, request.app.state.service.routes, key)
        done[outcome] += 1
    counts = (done[ReplayOutcome.APPLIED], done[ReplayOutcome.STILL_PARKED])
    return SITE.redirect(request, find_base(request), done="replayed", counts=counts)


async def ask_before_dropping(
    request: Request, cause: Fingerprint, _asker: Operator, work: UnitOfWorkDep
) -> HTMLResponse:
    """What follows, before what waits is given up."""
    return _show_drop(request, await _read_cause(work, cause), SITE.fill_form(request))


async def drop_cause(
    request: Request, cause: Fingerprint, _asker: Operator, work: UnitOfWorkDep, posted: Posted
) -> Response:
    """The page of the service, when what waits under the first keys was given up, or the question again."""
    form = SITE.read_form(request, DropCause, posted)
    form.require_typed("typed", cause)
    if form.command is None:
        return _show_drop(request, await _read_cause(work, cause), form)
    async with work.transaction() as tx:
        keys = await parking.find_page(tx, cause, FIRST, PAGE)
        for key in keys:
            await parking.drop_key(tx, key, form.command.reason, cause)
    return SITE.redirect(request, find_base(request), done="dropped", counts=(len(keys),))


async def _read_cause(work: UnitOfWork, fingerprint: str) -> Cause:
    async with work.transaction() as tx:
        return await read_cause(tx, fingerprint)


def _show_drop(request: Request, cause: Cause, form: Form[Any]) -> HTMLResponse:
    return render(request, "drop.html", status=form.status, form=form, cause=cause, page=PAGE)

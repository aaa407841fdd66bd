"""The console's pages of what takes longer than a request: rebuild, republish."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import State

from shared.access.serving import Operator
from shared.console import jobs
from shared.console.frame import find_base, render
from shared.console.jobs import Verb
from shared.console.site import SITE
from shared.contracts.refusals import NotFound
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkDep
from shared.web.forms import Posted
from shared.web.pages import METHODS

RUNS_SHOWN = 10


def add_job_routes(router: APIRouter, base: str) -> None:
    """Add the pages of both verbs."""
    for verb, list_all, show_one, ask in (
        (Verb.REBUILD, list_rebuilds, show_rebuild, rebuild),
        (Verb.REPUBLISH, list_republished, show_republish, republish),
    ):
        router.add_api_route(f"{base}/{verb}", list_all, methods=METHODS)
        router.add_api_route(f"{base}/{verb}/{{topic}}", show_one, methods=METHODS)
        router.add_api_route(f"{base}/{verb}/{{topic}}", ask, methods=["POST"], response_model=None)


async def list_rebuilds(request: Request, _asker: Operator, work: UnitOfWorkDep) -> HTMLResponse:
    """The replicas that can be rebuilt."""
    return await _show_list(request, work, Verb.REBUILD)


async def list_republished(request: Request, _asker: Operator, work: UnitOfWorkDep) -> HTMLResponse:
    """The topics on which the service can publish its state again."""
    return await _show_list(request, work, Verb.REPUBLISH)


async def show_rebuild(request: Request, topic: str, _asker: Operator, work: UnitOfWorkDep) -> HTMLResponse:
    """What follows when this replica is rebuilt, and how far that is."""
    return await _show(request, work, Verb.REBUILD, topic)


async def show_republish(request: Request, topic: str, _asker: Operator, work: UnitOfWorkDep) -> HTMLResponse:
    """What follows when the state is published again on this topic, and how far that is."""
    return await _show(request, work, Verb.REPUBLISH, topic)


async def rebuild(
    request: Request, topic: str, _asker: Operator, work: UnitOfWorkDep, _posted: Posted
) -> Response:
    """Have a worker rebuild this replica."""
    return await _ask(request, work, Verb.REBUILD, topic)


async def republish(
    request: Request, topic: str, _asker: Operator, work: UnitOfWorkDep, _posted: Posted
) -> Response:
    """Have a worker publish the state on this topic again."""
    return await _ask(request, work, Verb.REPUBLISH, topic)


def list_topics(state: State, verb: Verb) -> Mapping[str, str]:
    """For which topics this can be asked for, each with the table that is rebuilt, "" where none is."""
    if verb is Verb.REBUILD:
        return {each.topic.name: each.table for each in state.service.projections}
    return {topic.name: "" for topic in state.published_topics}


async def _show_list(request: Request, work: UnitOfWork, verb: Verb) -> HTMLResponse:
    async with work.transaction() as tx:
        last = await jobs.list_last(tx, verb)
    topics = sorted(list_topics(request.app.state, verb).items())
    return render(request, "jobs.html", verb=verb, topics=topics, last=last)


async def _show(request: Request, work: UnitOfWork, verb: Verb, topic: str) -> HTMLResponse:
    table = _require_topic(request, verb, topic)
    async with work.transaction() as tx:
        runs = await jobs.list_runs(tx, verb, topic, RUNS_SHOWN)
    values: Mapping[str, Any] = {"verb": verb, "topic": topic, "replica": table, "runs": runs}
    return render(request, "job.html", **values)


async def _ask(request: Request, work: UnitOfWork, verb: Verb, topic: str) -> Response:
    _require_topic(request, verb, topic)
    async with work.transaction() as tx:
        await jobs.ask_job(tx, verb, topic)
    return SITE.redirect(request, f"{find_base(request)}/{verb}/{topic}", done="asked")


def _require_topic(request: Request, verb: Verb, topic: str) -> str:
    """The table that is rebuilt. Raises `NotFound` for a topic of which this can't be asked for."""
    topics = list_topics(request.app.state, verb)
    if topic not in topics:
        raise NotFound("topic-unknown", "This can't be asked for of this topic.")
    return topics[topic]

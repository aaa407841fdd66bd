"""Health: alive, ready by part, and in metrics."""

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import State

from shared.messaging.consumer.consumer import Consumer
from shared.messaging.missing_topics import TopicMissing
from shared.messaging.relay.relay import Relay
from shared.postgres.migrate import find_pending
from shared.postgres.pool import Pool, acquire_within
from shared.postgres.transient import is_transient
from shared.runtime import metrics
from shared.runtime.service import Service
from shared.runtime.worker import Worker

STALLED_SECONDS = 30.0
DATABASE_SECONDS = 3.0
# The check of each part besides the database's.
CHECKS = {"api": "database", "consumers": "consumer", "relay": "relay", "work": "work"}

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def check_liveness() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def check_readiness(request: Request) -> JSONResponse:
    """Requests are answered: the database is there, with this build's schema. A part that doesn't work is told, and
    takes nobody's pages away."""
    return await _answer_for(request, "api")


@router.get("/readyz/{part}")
async def check_part(
    request: Request, part: Literal["all", "api", "consumers", "relay", "work"]
) -> JSONResponse:
    """One part of the process works, or `all` of them; 404 for one that doesn't run here."""
    return await _answer_for(request, part)


async def _answer_for(request: Request, part: str) -> JSONResponse:
    """Whether this part is ready, each part's check, and what waits for an operator: it makes nothing wait."""
    state = request.app.state
    checks = await check_parts(state)
    parts = {
        name: checks["database"] is None and checks[check] is None
        for name, check in CHECKS.items()
        if check in checks
    }
    verdicts = {**parts, "all": all(parts.values())}
    if part not in verdicts:
        return JSONResponse({"ready": False, "parts": parts}, 404)
    body = {
        "ready": verdicts[part],
        "parts": parts,
        "checks": {name: trouble or "ok" for name, trouble in checks.items()},
        "failed_items": metrics.read_failed_items(),
        "alarms": {} if state.consumer is None else state.consumer.alarms,
    }
    return JSONResponse(body, 200 if verdicts[part] else 503)


async def check_parts(state: State) -> dict[str, str | None]:
    """What is wrong with the database and with each part that runs here: relay, consumer assigned and moving or idle,
    workers."""
    return {"database": await _check_database(state.probe_pool, state.service), **check_running(state)}


def check_running(state: State) -> dict[str, str | None]:
    """What is wrong with each part that runs here, as it says itself."""
    checks: dict[str, str | None] = {}
    if state.relay is not None:
        checks["relay"] = state.relay.trouble
    if state.consumer is not None:
        checks["consumer"] = _check_consumer(state.consumer)
    if state.workers:
        checks["work"] = next((each.trouble for each in state.workers if each.trouble), None)
    return checks


@router.get("/metrics")
async def read_metrics() -> Response:
    """Metrics for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _check_database(pool: Pool, service: Service) -> str | None:
    try:
        async with acquire_within(pool, DATABASE_SECONDS) as connection:
            missing = await find_pending(connection, service.migration_folders)
    except Exception as error:
        if is_transient(error):
            return f"away ({type(error).__name__})"
        raise
    return f"schema lacks {missing[0]}: run migrate" if missing else None


def _check_consumer(consumer: Consumer) -> str | None:
    if consumer.trouble is not None:
        return consumer.trouble
    if consumer.missing_topic is not None:
        return str(TopicMissing(consumer.missing_topic))
    if not consumer.assignment.complete:
        return "not assigned"
    if consumer.assignment.stopped:
        tp, alarm = next(iter(consumer.assignment.stopped.items()))
        return f"{tp.topic}/{tp.partition} stopped: {alarm}"
    return "records wait and nothing moves" if consumer.stalled_seconds > STALLED_SECONDS else None


def probe_state(
    service: Service, relay: Relay | None, consumer: Consumer | None, workers: Sequence[Worker]
) -> dict[str, object]:
    """What the probes look at, for the app's state."""
    return {"service": service, "relay": relay, "consumer": consumer, "workers": workers}

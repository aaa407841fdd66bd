"""Health: alive, ready, and in figures."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.messaging.consumer import Inbound
from shared.messaging.relay import Relay
from shared.postgres.migrate import pending
from shared.postgres.pool import Pool, patient
from shared.postgres.transient import passing
from shared.runtime.service import Service

STILL_SECONDS = 30.0
DATABASE_SECONDS = 3.0

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Every part works: database, schema version, relay, each consumer assigned and moving or idle."""
    state = request.app.state
    checks = {"database": await _database(state.pool, state.service)}
    if state.relay is not None:
        checks["relay"] = state.relay.trouble
    if state.inbound is not None:
        checks["consumer"] = _consumer(state.inbound)
    ready = all(trouble is None for trouble in checks.values())
    body = {"ready": ready, "checks": {name: trouble or "ok" for name, trouble in checks.items()}}
    return JSONResponse(body, 200 if ready else 503)


@router.get("/metrics")
async def metrics() -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _database(pool: Pool, service: Service) -> str | None:
    try:
        async with patient(pool, DATABASE_SECONDS) as connection:
            missing = await pending(connection, service.migrations)  # type: ignore[arg-type]
    except Exception as error:
        if passing(error):
            return f"away ({type(error).__name__})"
        raise
    return f"schema lacks {missing[0]}: run migrate" if missing else None


def _consumer(inbound: Inbound) -> str | None:
    if inbound.trouble is not None:
        return inbound.trouble
    if not inbound.assignment.complete:
        return "not assigned"
    if inbound.assignment.stopped:
        place, alarm = next(iter(inbound.assignment.stopped.items()))
        return f"{place.topic}/{place.partition} stopped: {alarm}"
    return "records wait and nothing moves" if inbound.still > STILL_SECONDS else None


def probes(service: Service, relay: Relay | None, inbound: Inbound | None) -> dict[str, object]:
    """What the probes look at, for the app's state."""
    return {"service": service, "relay": relay, "inbound": inbound}

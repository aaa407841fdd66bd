"""The app of a process: the routes of its service, its health, and what every request passes on its way to them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

from shared.access.identification import Identification
from shared.access.issuers import Issuers
from shared.access.limits import Limits, limit_requests
from shared.access.serving import PUBLIC, require_declarations
from shared.access.sessions import SessionReader
from shared.runtime import health
from shared.runtime.http import audit_api, interface_docs, problems, schemas
from shared.runtime.http.admission import PROBES, REQUESTS_IN_WORK, AdmissionMiddleware
from shared.runtime.http.answer_headers import AnswerHeadersMiddleware
from shared.runtime.http.bodies import BodyMiddleware
from shared.runtime.http.lanes import Lane
from shared.runtime.http.public_address import PublicAddressMiddleware
from shared.runtime.http.query_parameters import refuse_undeclared_parameters
from shared.runtime.http.request_context import RequestContextMiddleware
from shared.runtime.service import Service
from shared.traces import spans

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(service: Service, lifespan: Lifespan, *, with_api: bool = True) -> FastAPI:
    """The app of one service's process; without the API it still answers for its health.

    Raises `Undeclared` if an endpoint doesn't say whom it serves.
    """
    app = FastAPI(
        title=f"Alumnibus {service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        servers=_list_servers(service),
        responses=problems.RESPONSES,
        telemetry=_trace_requests(),
    )
    problems.install_handlers(app)
    app.include_router(health.router, dependencies=[PUBLIC])
    if with_api:
        limited = Depends(limit_requests)
        for router in (interface_docs.router, schemas.router):
            app.include_router(router, dependencies=[limited, PUBLIC])
        for router in (audit_api.router, service.router):
            app.include_router(router, dependencies=[limited, Depends(refuse_undeclared_parameters)])
    for name, value in service.state.items():
        setattr(app.state, name, value)
    # Set when the process is told to stop: what is answered without an end, ends then.
    app.state.ending = asyncio.Event()
    app.state.origin = service.settings.origin
    app.state.limits = Limits(
        service.settings.proxies, service.settings.network_limit, service.settings.account_limit
    )
    app.state.issuers = Issuers(service.settings.issuers)
    app.state.identification = Identification(
        SessionReader(service.settings.session_keys), app.state.issuers, service.settings.origin
    )
    require_declarations(app.routes, app.openapi_url)
    app.state.requests_lane = Lane("requests", REQUESTS_IN_WORK)
    app.add_middleware(AdmissionMiddleware, requests=app.state.requests_lane)
    app.add_middleware(BodyMiddleware)
    app.add_middleware(RequestContextMiddleware)
    if service.wrap is not None:
        app.add_middleware(service.wrap)
    app.add_middleware(PublicAddressMiddleware, public_url=service.settings.origin)
    app.add_middleware(AnswerHeadersMiddleware, public_url=service.settings.origin)
    return app


def _trace_requests() -> TelemetryConfig:
    """A span for each request, where spans are recorded. The framework's own logs and metrics quote what was sent."""
    provider = spans.find_provider()
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "operation_spans": False,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
        "exclude": _is_probe,
    }


def _is_probe(scope: Scope) -> bool:
    return str(scope["path"]).startswith(PROBES)


def _list_servers(service: Service) -> list[dict[str, str]] | None:
    """Where the interface is: the front door has all services' under one origin."""
    public_url = service.settings.public_url
    return [{"url": f"{public_url}/api/{service.name}"}] if public_url else None

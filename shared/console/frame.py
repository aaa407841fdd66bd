"""The frame of the console's pages of a service."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.console.site import SITE
from shared.web.query import PageQuery


def render(request: Request, template: str, query: PageQuery | None = None, **values: Any) -> HTMLResponse:
    """A page of the service's console."""
    name, base = request.app.state.service.name, find_base(request)
    return SITE.render(request, template, query, here="console", service=name, base=base, **values)


def find_base(request: Request) -> str:
    """Where the service's console begins."""
    return f"/console/{request.app.state.service.name}"

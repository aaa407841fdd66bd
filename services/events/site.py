"""The pages of events: their texts and templates, and the links between them."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.web.addresses import subscription_url
from shared.web.query import PageQuery
from shared.web.site import Site

SITE = Site(Path(__file__).parent)


def render_page(
    request: Request, template: str, query: PageQuery, *, here: str, **values: Any
) -> HTMLResponse:
    """A page of events; its links keep the language that `query` names."""
    return SITE.render(
        request,
        template,
        query,
        here=here,
        link=lambda offer: build_link(query, f"/events/{offer.slug}"),
        calendar=subscription_url(request),
        **values,
    )


def build_link(query: PageQuery, path: str) -> str:
    """The address of another page in the language that this one's address names."""
    return PageQuery(lang=query.lang).build_link(path)

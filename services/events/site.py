"""The pages of events: their texts and templates, and the links between them."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.contracts.model import N_
from shared.web.addresses import subscription_url
from shared.web.query import PageQuery
from shared.web.site import Site

SITE = Site(
    Path(__file__).parent,
    done={
        "registered": N_("You are registered. A mail confirms it."),
        "waitlisted": lambda texts, num: texts.gettext(
            "You are on the waiting list, at place %(num)s. When a place becomes yours, you are told by mail.",
            num=num,
        ),
        "withdrawn": N_("You have given it back."),
    },
    refusals={
        "already-registered": N_("You are registered already."),
        "offer-full": N_("All places are taken, and there is no waiting list to join."),
        "offer-cancelled": N_("This offer was cancelled."),
        "offer-past": N_("This offer is over."),
        "registration-closed": N_("Registration has ended."),
        "member-unknown": N_("Your profile hasn’t arrived here yet. Try again in a moment."),
    },
)


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

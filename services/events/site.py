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
        "planned": N_("The draft is kept. Nobody else sees it before you publish it."),
        "changed": N_("The offer says so now."),
        "copied": N_("The draft is there. Change what is different this time."),
        "publish": N_("The offer is published. Everybody sees it now."),
        "places": N_("The number of places was changed."),
        "cancelled": N_("The offer is cancelled. Whoever was registered or waits hears of it by mail."),
        "withdraw": N_("The registration was withdrawn."),
        "noted": N_("The note is kept. Only the hosts see it."),
        "register": N_("The member is registered, or waits if no place is free."),
        "registered": N_("You are registered. A mail confirms it."),
        "waitlisted": lambda texts, num: texts.gettext(
            "You are on the waiting list, at place %(num)s. When a place becomes yours, you are told by mail.",
            num=num,
        ),
        "withdrawn": N_("You have given it back."),
    },
    refusals={
        "slug-taken": N_("Another offer has this short name already. Choose another one."),
        "organisation-unknown": N_("There is no such organisation, or it isn't yours."),
        "offer-unknown": N_("There is no such offer, or it isn't yours."),
        "offer-changed": N_(
            "Somebody else changed this offer while you wrote. Open the page again, and write your changes there."
        ),
        "dates-past": N_("All dates are over. An offer that is published needs one that is still ahead."),
        "offer-past": N_("This offer is over."),
        "offer-draft": N_("This offer isn't published yet."),
        "offer-cancelled": N_("This offer was cancelled."),
        "registration-closed": N_("Registration for this offer has closed."),
        "offer-full": N_("All places are taken, and there is no waiting list."),
        "already-registered": N_("There is a registration already."),
        "member-unknown": N_("The member isn’t known here yet. Try again in a moment."),
        "places-taken": N_("More members have a place already. There can't be fewer places than that."),
        "local-time-nonexistent": N_(
            "One of the times doesn't exist in this time zone: look at the dates again."
        ),
        "occurrence-ends-too-early": N_("A date has to end after it begins."),
        "occurrence-too-long": N_("A date may last a year at most."),
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

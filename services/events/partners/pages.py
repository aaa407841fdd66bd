"""The pages for partners: how to take the data, what each topic holds, what changed."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.events.partners.reference import find_reference, list_topics
from services.events.site import build_link, render_page
from services.events.texts import DOMAIN
from shared.access.serving import ANYONE
from shared.contracts.changelog import read_changelog
from shared.i18n.texts import load_texts
from shared.web.addresses import service_url
from shared.web.pages import METHODS
from shared.web.query import PageQuery, read_valid

EXAMPLE = "/offers.ics?region=europe&kind=regional-meeting&kind=summit"

router = APIRouter(include_in_schema=False, dependencies=[ANYONE], default_response_class=HTMLResponse)


@router.api_route("/partners", methods=METHODS)
async def show_partners(request: Request) -> HTMLResponse:
    """How a partner takes the data: topics, feeds, documents."""
    query = read_valid(PageQuery, request.query_params)
    topics = list_topics(query.negotiate_language(request))
    shown = {one.topic.name for one in topics}
    return render_page(
        request,
        "partners.html",
        query,
        here="partners",
        topics=topics,
        newest=next(version for version in read_changelog() if version.topics & shown),
        shown=shown,
        link_topic=lambda name: build_link(query, f"/partners/topics/{name}"),
        changes=build_link(query, "/partners/changes"),
        example=EXAMPLE,
        base=service_url(request),
    )


@router.api_route("/partners/changes", methods=METHODS)
async def show_changes(request: Request) -> HTMLResponse:
    """What changed in the contracts, version by version."""
    query = read_valid(PageQuery, request.query_params)
    return render_page(
        request,
        "changes.html",
        query,
        here="partners",
        versions=read_changelog(),
        titles={one.topic.name: one.title for one in list_topics(query.negotiate_language(request))},
        link_topic=lambda name: build_link(query, f"/partners/topics/{name}"),
    )


@router.api_route("/partners/topics/{name}", methods=METHODS)
async def show_topic(name: str, request: Request) -> HTMLResponse:
    """One topic with its types, fields and headers, or a page that leads on where partners have none of this name."""
    query = read_valid(PageQuery, request.query_params)
    language = query.negotiate_language(request)
    reference = find_reference(name, language, load_texts(language, DOMAIN), service_url(request))
    if reference is None:
        return render_page(request, "no-topic.html", query, here="partners", status=404)
    return render_page(request, "topic.html", query, here="partners", reference=reference)

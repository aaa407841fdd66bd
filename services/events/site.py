"""The site that the pages of events form: their templates, navigation and languages, and links between them."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.events.texts import DOMAIN
from shared.i18n.languages import LANGUAGES, name_language
from shared.web.addresses import subscription_url
from shared.web.pages import LanguageLink, PageRenderer
from shared.web.query import PageQuery

_EVENTS = Path(__file__).parent
_NOUNS = ("offers", "overview", "partners")
_renderer = PageRenderer(DOMAIN, _EVENTS / "templates", *(_EVENTS / noun / "templates" for noun in _NOUNS))


def render_page(
    request: Request, template: str, query: PageQuery, *, here: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page of the site; `here` is its part of the navigation, and links keep the language that `query` names."""
    return _renderer.render_page(
        template,
        language=query.negotiate_language(request),
        query=query,
        languages=_link_languages(query, request.url.path),
        home=build_link(query, "/"),
        partners=build_link(query, "/partners"),
        link=lambda offer: build_link(query, f"/events/{offer.slug}"),
        calendar=subscription_url(request),
        here=here,
        path=request.url.path,
        status=status,
        **values,
    )


def build_link(query: PageQuery, path: str) -> str:
    """The address of another page in the language that this one's address names."""
    return PageQuery(lang=query.lang).build_link(path)


def _link_languages(query: PageQuery, path: str) -> list[LanguageLink]:
    return [
        LanguageLink(language, name_language(language), query.in_language(language).build_link(path))
        for language in LANGUAGES
    ]

"""The site that all services' pages form: a service names its texts and templates once, and renders its pages here."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from shared.i18n.languages import LANGUAGES, name_language
from shared.i18n.texts import Domain, Texts, load_texts
from shared.web import cookies
from shared.web.flash import Flash, Message
from shared.web.forms import Form, read_posted, spell_values
from shared.web.language_cookie import LanguageCookie
from shared.web.navigation import build_navigation, name_navigation
from shared.web.pages import DOMAIN, HEADERS, PRIVATE, LanguageLink, PageRenderer
from shared.web.problem_pages import (
    ProblemPages,
    link_sign_in,
    say_problem,
)
from shared.web.query import PageQuery, read_valid
from shared.web.visitor import find_visitor

CommandT = TypeVar("CommandT", bound=BaseModel)


class Site:
    """The pages of the service in `folder`, whose templates are in `templates/` and `<noun>/templates/`.

    `done` are the messages that `redirect` may leave for the next page, by key: marked by `N_`, or a function of texts
    and counts. `refusals` are sentences for codes of refusals, marked by `N_`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        done: Mapping[str, Message] = MappingProxyType({}),
        refusals: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._domain = Domain(folder)
        self._done = done
        self._refusals = refusals
        folders = (folder / "templates", *sorted(folder.glob("*/templates")))
        self._renderer = PageRenderer(self._domain, *folders)

    def render(
        self,
        request: Request,
        template: str,
        query: PageQuery | None = None,
        *,
        here: str,
        status: int = 200,
        **values: Any,
    ) -> HTMLResponse:
        """A page; `here` is its part of the navigation. Links keep the language that `query` names."""
        query = query or read_valid(PageQuery, request.query_params)
        language = query.negotiate_language(request)
        flash = self._find_flash(request)
        said = flash and flash.say(self._done, load_texts(language, self._domain, DOMAIN))
        frame = self._build_frame(request, query, language, here)
        content = self._renderer.render(template, language, **frame, flash=said, **values)
        private = flash is not None or find_visitor(request) is not None
        headers = {**HEADERS, **(PRIVATE if private else {}), "Content-Language": language}
        page = HTMLResponse(content, status, headers=headers)
        if flash:
            cookies.drop_cookie(page, request.url, cookies.FLASH)
        return page

    def render_part(self, request: Request, template: str, **values: Any) -> str:
        """A part of a page, as it is sent after the page."""
        language = read_valid(PageQuery, request.query_params).negotiate_language(request)
        return self._renderer.render(template, language, **values)

    def write(self, template: str, language: str, /, **values: Any) -> str:
        """What a template says in one of `LANGUAGES`, without the frame of pages: for a file that one takes away."""
        return self._renderer.render(template, language, **values)

    def redirect(
        self, request: Request, path: str, *, done: str | None = None, counts: tuple[int, ...] = ()
    ) -> Response:
        """To the page where one sees what was done; it says so once, by the message `done` with its counts.

        `path` is one of ours and holds nothing that was typed as a whole.
        """
        answer = RedirectResponse(path, 303)
        if done is not None:
            assert done in self._done, done
            written = Flash(self._domain.name, done, counts).write()
            cookies.set_cookie(answer, request.url, cookies.FLASH, written, cookies.FLASH_SECONDS)
        return answer

    def fill_form(self, request: Request, /, **values: Any) -> Form[Any]:
        """A form as it is shown first, with these values in it."""
        return Form(None, spell_values(values), self.load_texts(request), self._refusals)

    def read_form(
        self, request: Request, model: type[CommandT], posted: FormData, /, **known: Any
    ) -> Form[CommandT]:
        """The form that was posted, with its command if nothing is wrong; `known` are fields that it doesn't say."""
        typed, files = read_posted(posted)
        form = Form(model, typed, self.load_texts(request), self._refusals)
        form.files = files
        form.read(known)
        return form

    def load_texts(self, request: Request) -> Texts:
        """The site's texts, and those of all pages, in the reader's language."""
        language = read_valid(PageQuery, request.query_params).negotiate_language(request)
        return load_texts(language, self._domain, DOMAIN)

    def name_view(self, request: Request) -> Hashable:
        """Equal for requests of visitors who find the same in the frame: navigation, sign-in, message of what was done.

        With it, the address and the language, a page that shows everybody the same may be kept.
        """
        return name_navigation(find_visitor(request), _find_names(request)), self._find_flash(request)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The app, whose problems are pages to browsers, and which keeps the language that a reader chose."""
        return ProblemPages(LanguageCookie(app), self._show_problem)

    def _show_problem(self, request: Request, status: int, problem: Mapping[str, Any]) -> Response:
        if status == 401 and request.method in ("GET", "HEAD"):
            asked = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(link_sign_in(request.url.path + asked), 303)
        texts, said = self.load_texts(request), say_problem(status)
        refusal = self._refusals.get(str(problem.get("type", "")).rpartition("/")[2])
        return self.render(
            request,
            "problem.html",
            here="",
            status=status,
            title=texts.translate(said.title),
            advice=texts.translate(refusal or said.advice),
            code=status,
            number=problem["number"] if status >= 500 else "",
        )

    def _find_flash(self, request: Request) -> Flash | None:
        """What was done here and is still to be said; a part of a page says nothing."""
        flash = Flash.read(request)
        ours = flash is not None and flash.site == self._domain.name and flash.key in self._done
        return flash if ours and "HX-Request" not in request.headers else None

    def _build_frame(self, request: Request, query: PageQuery, language: str, here: str) -> dict[str, Any]:
        def link(path: str) -> str:
            return PageQuery(lang=query.lang).build_link(path)

        visitor, path = find_visitor(request), request.url.path
        texts = load_texts(language, DOMAIN)
        return {
            "query": query,
            "languages": _link_languages(query, path),
            "navigation": build_navigation(visitor, texts, link, _find_names(request)),
            "sign_in": link_sign_in(query.build_link(path)),
            "visitor": visitor,
            "home": link("/"),
            "partners": link("/partners"),
            "go": link,
            "here": here,
            "path": path,
        }


def _find_names(request: Request) -> Mapping[str, str]:
    names: Mapping[str, str] = getattr(request.state, "organisation_names", {})
    return names


def _link_languages(query: PageQuery, path: str) -> list[LanguageLink]:
    return [
        LanguageLink(language, name_language(language), query.in_language(language).build_link(path))
        for language in LANGUAGES
    ]

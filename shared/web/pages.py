"""The frame of every service's pages: the base template, the headers, the switch of languages.

A service brings its templates and its words. Its templates extend `base.html` and fill its blocks: `title`, `links`,
`skips` (to more than the content), `navigation`, `main`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.web.assets import asset_path

METHODS = ["GET", "HEAD"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "HX-Request, Accept-Language",
}
_TEMPLATES = Path(__file__).with_name("templates")


class PageWords(Protocol):
    """The texts of a page in its language, by their keys; the frame's are `skip.content`, `nav.…` and `foot.…`."""

    language: str

    def __call__(self, key: str, /, **values: str | int) -> str: ...


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A language that the page can be read in, and its address there."""

    language: str
    name: str
    url: str


class PageRenderer:
    """Renders the templates of one service's folders over the frame; text is escaped, unknown names are errors."""

    def __init__(self, *folders: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([*folders, _TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render_page(
        self,
        template: str,
        *,
        t: PageWords,
        home: str,
        languages: Sequence[LanguageLink],
        status: int = 200,
        **values: Any,
    ) -> HTMLResponse:
        """A page in the language of its words `t`; `home` is where the brand leads."""
        content = self._environment.get_template(template).render(
            t=t, home=home, languages=languages, static=asset_path, **values
        )
        return HTMLResponse(content, status, headers={**HEADERS, "Content-Language": t.language})

"""Templates over the frame of all pages, in each language, and the headers of a page.

A service brings its templates and its texts. Its templates extend `base.html` and fill its blocks: `title`, `links`,
`skips` (to more than the content), `main`.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.contracts.vocabulary import term_name
from shared.i18n.dates import get_date_formatter
from shared.i18n.languages import LANGUAGES, get_locale
from shared.i18n.texts import Domain, Texts, load_texts
from shared.web.assets import asset_path

DOMAIN = Domain(Path(__file__).parent)
METHODS = ["GET", "HEAD"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Vary": "HX-Request, Accept-Language, Cookie",
}
# What is shown to a person is that person's.
PRIVATE = {"Cache-Control": "private, no-store"}
_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A language that the page can be read in, and its address there."""

    language: str
    name: str
    url: str


class PageRenderer:
    """Renders one service's templates over the frame, in each language; text is escaped, unknown names are errors.

    Templates say texts of the service's `domain` by `_`, `ngettext`, `pgettext` and `npgettext`, and have `dates`,
    `format_number`, and `name_term` for the vocabulary.
    """

    def __init__(self, domain: Domain, *folders: Path) -> None:
        loader = FileSystemLoader([*folders, _TEMPLATES])
        self._environments = {
            language: _create_environment(loader, load_texts(language, domain, DOMAIN))
            for language in LANGUAGES
        }

    def render(self, template: str, language: str, /, **values: Any) -> str:
        """A page in one of `LANGUAGES`."""
        return self._environments[language].get_template(template).render(**values)


def _create_environment(loader: FileSystemLoader, texts: Texts) -> Environment:
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        _=texts.gettext,
        ngettext=texts.ngettext,
        pgettext=texts.pgettext,
        npgettext=texts.npgettext,
        format_number=texts.format_number,
        dates=get_date_formatter(texts.language),
        name_term=partial(term_name, language=texts.language),
        language=texts.language,
        static=asset_path,
        locale=str(get_locale(texts.language)).replace("_", "-"),
    )
    return environment

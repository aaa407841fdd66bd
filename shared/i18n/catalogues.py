"""Catalogues: the messages that a domain's sources hold, and the translations that follow them."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from shared.i18n.languages import LANGUAGES, SOURCE_LANGUAGE, get_locale
from shared.i18n.texts import Domain, read_catalogue

SOURCES = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"silent": "false"}}
COMMENT_TAG = "Translators:"
_NOISE = re.compile(rb'"(POT-Creation-Date|Generated-By|.*YEAR-MO-DA|.*EMAIL@ADDRESS|.*LL@li\.org).*\n')


def find_domains(root: Path) -> list[Domain]:
    """The domains of the code below `root`: each package that has a folder `locale`."""
    return [Domain(folder.parent) for folder in sorted(root.glob("*/*/locale"))]


def extract_messages(domain: Domain) -> Catalog:
    """The messages of all gettext calls in a domain's sources, with the comments for translators before them.

    Raises ValueError where gettext, which tells messages apart by their singulars, would take two for one.
    """
    comment = f"# Texts of {domain.name}, written by `make texts`."
    template = Catalog(project="Alumnibus", version=domain.name, header_comment=comment)
    extracted = extract_from_dir(
        domain.folder, SOURCES, OPTIONS, comment_tags=[COMMENT_TAG], strip_comment_tags=True
    )
    for file, _, message, comments, context in extracted:
        known = template.get(message, context)
        if known and known.id != message:
            raise ValueError(f"{file}: {known.id} and {message} begin with one singular: give one a context")
        template.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return template


def merge_messages(domain: Domain, language: str, template: Catalog) -> Catalog:
    """A domain's translations, with all messages of `template` and no others; what is like an old one is fuzzy."""
    path = domain.translation(language)
    if path.exists():
        translations = read_catalogue(path)
    else:
        comment = f"# Texts of {domain.name} in {get_locale(language).english_name}."
        translations = Catalog(
            get_locale(language), project="Alumnibus", version=domain.name, header_comment=comment
        )
        translations.fuzzy = False
    translations.update(template)
    return translations


def update_catalogues(domain: Domain) -> Iterator[tuple[Path, bytes]]:
    """The files of a domain as they are to be, by their paths."""
    template = extract_messages(domain)
    yield domain.template, _to_bytes(template)
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            yield domain.translation(language), _to_bytes(merge_messages(domain, language, template))


def _to_bytes(catalog: Catalog) -> bytes:
    content = BytesIO()
    write_po(content, catalog, width=110, ignore_obsolete=True, include_lineno=False)
    return _NOISE.sub(b"", content.getvalue()).rstrip(b"\n") + b"\n"

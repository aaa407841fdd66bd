"""Texts: a template of a kind and a language, filled in; one content for text and HTML."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.notifications.deliveries.kinds import Kind
from shared.contracts.members import AddressMailKind, AddressMailText

FALLBACK = "en"
LANGUAGES = ("de", "en")
NETWORK = "Alumnibus"
LONGEST_VALUES = 40_000
_TEMPLATES = Path(__file__).with_name("templates")
# Control characters that are no white space.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


class TextTooLong(ValueError):
    """Values of which no mail can be made that anybody reads, or that a partner's topic takes."""


class ComposedText(NamedTuple):
    """A finished notification. `body` is what every channel shows; `text` and `html` are the mail's."""

    language: str
    subject: str
    body: str
    text: str
    html: str


def choose_language(language: str) -> str:
    """The member's language if there are templates in it, else English."""
    return language if language in LANGUAGES else FALLBACK


def render_text(
    kind: Kind | AddressMailKind | AddressMailText, language: str, values: Mapping[str, Any]
) -> ComposedText:
    """The texts of one notification; `language` is one of `LANGUAGES`.

    `values` are what the kind's template names; each is one line. Raises jinja2.UndefinedError for one that
    lacks, `TextTooLong` if they have more than LONGEST_VALUES characters together.
    """
    if sum(len(value) for value in values.values() if isinstance(value, str)) > LONGEST_VALUES:
        raise TextTooLong
    shown = {name: single_line(value) if isinstance(value, str) else value for name, value in values.items()}
    plain = _render_parts(_PLAIN_TEMPLATES, kind, language, shown | {"mail": True})
    elsewhere = _render_parts(_PLAIN_TEMPLATES, kind, language, shown | {"mail": False})
    marked = _render_parts(_HTML_TEMPLATES, kind, language, shown | {"mail": True})
    preview = ", ".join(value for _, value in plain["facts"][:2])
    text = f"{_join_parts(plain)}\n-- \n{plain['why']}\n"
    html = _HTML_TEMPLATES.get_template("mail.html").render(
        marked | {"subject": plain["subject"], "preview": preview}
    )
    return ComposedText(language, single_line(plain["subject"]), _join_parts(elsewhere), text, html)


def single_line(text: str) -> str:
    """One line without control characters, so that no value can add a header, a paragraph or a row."""
    return " ".join(_CONTROLS.sub("", text).split())


def _render_parts(
    environment: Environment,
    kind: Kind | AddressMailKind | AddressMailText,
    language: str,
    values: dict[str, Any],
) -> dict[str, Any]:
    template = environment.get_template(f"{language}/{kind}.txt")
    block = {name: _render_block(environment, template, name, values) for name in template.blocks}
    return {
        "language": language,
        "sender": values["organisation"] or NETWORK,
        "subject": block["subject"],
        "heading": block["heading"],
        "paragraphs": block["body"].split("\n\n"),
        "facts": [entry.partition(" | ")[::2] for entry in block.get("facts", "").splitlines()],
        "action": block["action"],
        "link": values["link"],
        "why": block["why"],
    }


def _join_parts(parts: Mapping[str, Any]) -> str:
    facts = "\n".join(f"{label}: {value}" for label, value in parts["facts"])
    link = f"{parts['action']}: {parts['link']}"
    sections = (parts["heading"], *parts["paragraphs"], facts, link)
    return "\n\n".join(section for section in sections if section) + "\n"


def _render_block(environment: Environment, template: Template, name: str, values: dict[str, Any]) -> Any:
    rendered = "".join(template.blocks[name](template.new_context(values))).strip()
    return Markup(rendered) if environment.autoescape else rendered


def _mark_strong(value: object, language: str | None = None) -> Markup:
    lang = Markup(' lang="{}"').format(language) if language else ""
    return Markup("<b{}>{}</b>").format(lang, value)


def _build_environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=html, undefined=StrictUndefined, auto_reload=False
    )
    environment.filters["strong"] = _mark_strong if html else lambda value, language=None: value
    return environment


_PLAIN_TEMPLATES = _build_environment(html=False)
_HTML_TEMPLATES = _build_environment(html=True)

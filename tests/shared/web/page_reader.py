"""What the tests read out of a page of the kit."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}
GERMAN = BROWSER | {"Accept-Language": "de"}


def find_navigation(html: str) -> list[tuple[str, str]]:
    """The links of the navigation, with what they are called."""
    [nav] = re.findall(r'<nav class="nav".*?</nav>', html, re.DOTALL)
    return re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', nav)


def find_errors(html: str) -> dict[str, str]:
    """The errors beside the fields, by the fields' names."""
    return {name: unescape(said) for name, said in re.findall(r'id="e-([a-z_]+)">([^<]*)<', html)}


def find_key(html: str) -> str:
    """The key of the form."""
    [key] = re.findall(r'name="_key" value="([^"]+)"', html)
    return str(key)


def find_note(html: str, kind: str) -> str | None:
    """What a note of this kind says."""
    found = re.search(rf'class="note {kind}[^>]*>(?:\s*<p>)?(?:<b>)?([^<]*)<', html)
    return found and unescape(found[1])


class _FieldReader(HTMLParser):
    """Collects what a form holds, as a browser would send it."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("select", "textarea"):
            self._inside = given["name"]
        elif tag == "option" and "selected" in given and self._inside:
            self._add(self._inside, given["value"])
        elif tag == "input" and (given["type"] not in ("checkbox", "radio") or "checked" in given):
            self._add(given["name"], given["value"])

    def handle_data(self, data: str) -> None:
        if self._inside and self.get_starttag_text().startswith("<textarea"):
            self._add(self._inside, data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._inside = None

    def get_starttag_text(self) -> str:
        return super().get_starttag_text() or ""

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def find_fields(html: str) -> dict[str, Any]:
    """What the form of a page holds, by its fields' names."""
    [form] = re.findall(r'<form class="form".*?</form>', html, re.DOTALL)
    reader = _FieldReader()
    reader.feed(form)
    return reader.fields

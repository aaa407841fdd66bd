"""What the tests read out of a page of the kit."""

import re
from html import unescape

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

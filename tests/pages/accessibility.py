"""axe, which finds in a page what keeps people out (WCAG 2.2 AA, and what is good practice)."""

from functools import cache
from pathlib import Path

from tests.pages.browser import Browser

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
# What isn't seen is turned off by axe itself; targets of 24 px belong to WCAG 2.2 AA.
_RUN = """axe.run({rules: {"target-size": {enabled: true}}, resultTypes: ["violations"]}).then(found =>
  found.violations.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200) + " " + node.failureSummary)]))"""


def bring_axe(browser: Browser) -> None:
    """Have axe in each page that is opened from now on."""
    browser.carry(_read_axe())


def find_barriers(browser: Browser) -> list[object]:
    """What axe finds in the page that is open."""
    found: list[object] = browser.run(_RUN)
    return found


@cache
def _read_axe() -> str:
    assert AXE.exists(), "axe is missing: make test-pages installs it"
    return AXE.read_text()

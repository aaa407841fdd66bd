"""The page about pages shows code that runs."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
TOY = CHECKOUT / "tests" / "shared" / "toy"


def test_the_example_is_the_toys_page_word_for_word() -> None:
    text = (CHECKOUT / "docs" / "pages.md").read_text()
    shown = re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)

    assert len(shown) == 4
    for name, code in shown:
        assert code == (TOY / name).read_text().rstrip(), name


def test_each_part_of_the_kit_is_in_its_table() -> None:
    text = (CHECKOUT / "docs" / "pages.md").read_text()
    parts = {path.stem for path in (CHECKOUT / "shared/web/templates/parts").glob("*.html")}
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"\w+", row)} == parts

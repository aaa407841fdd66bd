"""docs/operations.md as an operator reads it: its sections, their commands, the metrics and log keys that it names."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
TEXT = DOCUMENT.read_text("utf-8")


def sections() -> dict[str, str]:
    """What stands under each heading."""
    _, *parts = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    return {heading: text for heading, _, text in (part.partition("\n") for part in parts)}


def blocks(text: str) -> list[str]:
    """The code blocks in a text that are commands: those of no named language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [block for language, block in found if not language]


def commands(text: str) -> list[str]:
    """The lines of the code blocks in a text."""
    return [line for block in blocks(text) for line in block.splitlines()]


def find_settings(command: str, service: str) -> set[str]:
    """The settings that the document names for a command (without its program) of a service."""
    rows = re.findall(r"^\| (`.*?) \| (`ALUMNIBUS_.*?) \| (.*?) ?\|$", TEXT, re.MULTILINE)
    named = {
        words.removesuffix(" …"): (common, besides)
        for first, common, besides in rows
        for words in re.findall(r"`(.*?)`", first)
    }
    common, besides = named[max((words for words in named if command.startswith(words)), key=len)]
    own = "".join(part for part in besides.split(";") if f"`{service}`" in part)
    return set(re.findall(r"ALUMNIBUS_\w+", common + own))


def list_metrics() -> dict[str, tuple[str, ...]]:
    """The metrics of its table, each with the labels that it is shown with."""
    table = "".join(line for line in sections()["Metrics to watch"].splitlines() if line.startswith("|"))
    named = re.findall(r"`(alumnibus_\w+)(?:\{([\w,]+)\})?`", table)
    return {name: tuple(labels.split(",")) if labels else () for name, labels in named}


def keys() -> set[str]:
    """All that is written like the key of a log line."""
    return set(re.findall(r"`([a-z_]+\.[a-z_]+\.[a-z_]+)`", TEXT))


def anchors() -> set[str]:
    """The places in the document that it links to."""
    return set(re.findall(r"\]\(#([\w-]+)\)", TEXT))


def anchor(heading: str) -> str:
    """The place of a heading, as readers of Markdown name it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")

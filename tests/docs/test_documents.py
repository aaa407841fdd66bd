"""The documents are true: their commands exist, their links lead somewhere, their example runs."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/*/README.md"))
    if ".venv" not in path.parts
)


def list_make_commands() -> set[str]:
    printed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  make (\S+)", printed, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_every_link_of_a_document_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)

    assert set() == named - list_make_commands()
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_ci_runs_the_commands_that_the_readme_begins_with() -> None:
    [commands] = re.findall(r"## Try it.*?```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    ran = (ROOT / ".ci" / "run").read_text("utf-8")

    assert all(re.search(rf"^{command}\b", ran, re.MULTILINE) for command in commands.splitlines())

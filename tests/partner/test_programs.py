"""The examples are programs as partners have them: in one file each, and without any code of ours."""

import ast
from pathlib import Path

import pytest

from tests.partner.programs import EXAMPLES

OURS = {"shared", "services", "deploy", "bench", "tests", "examples"}


@pytest.mark.parametrize("program", sorted(EXAMPLES.rglob("*.py")), ids=lambda path: path.name)
def test_a_program_imports_nothing_of_ours(program: Path) -> None:
    tree = ast.parse(program.read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not OURS & {name.partition(".")[0] for name in imported}

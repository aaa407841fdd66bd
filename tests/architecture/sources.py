"""The project's own source, as the checks of its architecture read it."""

import ast
import gc
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("shared", "services", "deploy")


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file below these folders of the checkout, with its syntax tree."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), _parse(path.read_text("utf-8"))


def _parse(source: str) -> ast.Module:
    """Finalizers of the garbage that a collection finds meanwhile can make CPython 3.11 fail here."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a tree, with the last part of the called name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def keywords(call: ast.Call) -> dict[str, str]:
    """The keyword arguments of a call, as they are written."""
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg}

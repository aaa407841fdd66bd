"""What is logged has a key of noun, verb and outcome, so that operators can count on it."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import calls, modules

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
KEY = re.compile(r"[a-z][a-z_]*\.[a-z_]+\.[a-z_]+")


def keyless(tree: ast.AST) -> Iterator[str]:
    """The log calls of a source whose key is none, or can't be read from the source."""
    keys = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for name, call in calls(tree):
        if name not in LEVELS or ast.unparse(call.func) != f"log.{name}":
            continue
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and KEY.fullmatch(str(first.value)):
            continue
        if isinstance(first, ast.Name) and any(KEY.fullmatch(key) for key in keys):
            continue
        yield ast.unparse(call)


def test_every_log_call_has_a_key_of_noun_verb_and_outcome() -> None:
    found = [f"{path}: {call}" for path, tree in modules("shared", "services") for call in keyless(tree)]

    assert found == []


@pytest.mark.parametrize("source", ["log.info('started')", "log.error(f'{what}.did.fail')", "log.info()"])
def test_a_log_call_without_key_is_found(source: str) -> None:
    assert list(keyless(ast.parse(source)))


def quoting(tree: ast.AST) -> Iterator[str]:
    """The log calls of a source that may say an error's words, or a value within a sentence."""
    for name, call in calls(tree):
        if name in LEVELS and ast.unparse(call.func) == f"log.{name}":
            for keyword in call.keywords:
                written = ast.unparse(keyword.value)
                bare = keyword.arg == "error" and isinstance(keyword.value, ast.Name) and written == "error"
                if bare or re.search(r"\bf['\"]|\b(str|repr|format)\(error|\.args\b|\.message\b", written):
                    yield ast.unparse(call)


def test_no_log_call_says_an_errors_words() -> None:
    found = [f"{path}: {call}" for path, tree in modules("shared", "services") for call in quoting(tree)]

    assert found == []


@pytest.mark.parametrize(
    "value", ["str(error)[:200]", "repr(error)", "error", "f'{name} failed'", "error.args[0]"]
)
def test_a_log_call_that_says_them_is_found(value: str) -> None:
    assert list(quoting(ast.parse(f"log.info('a.b.c', error={value})")))

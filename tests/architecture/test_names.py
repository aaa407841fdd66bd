"""A class has a name of its own: one word for one thing, in what is shared and in each service."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, modules

SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))

# Each service has some of its own, and they are the shared ones with more.
EXTENDED = {"Settings"}

Source = tuple[Path, ast.Module]


def shared_names(sources: Iterable[Source]) -> dict[str, Sequence[str]]:
    """Names of classes that stand for more than one, and where."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in sources:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name not in EXTENDED:
                found[node.name].append(f"{path}:{node.lineno}")
    return {name: places for name, places in found.items() if len(places) > 1}


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_classes_that_a_service_can_see_have_one_name(service: str) -> None:
    assert shared_names(modules("shared", f"services/{service}")) == {}


def test_a_name_that_two_classes_have_is_found() -> None:
    one, other = (ast.parse(f"class {name}: pass") for name in ("Position", "Place"))
    path = Path("shared/a.py")

    assert shared_names([(path, one), (Path("services/b.py"), other)]) == {}
    assert shared_names([(path, one), (path, one)]) == {"Position": ["shared/a.py:1", "shared/a.py:1"]}

"""What was brought up is taken down, and nothing of it is left."""

import pytest

from tests.compose.stack import Stack, list_named

pytestmark = pytest.mark.compose


def test_down_leaves_nothing(stack: Stack) -> None:
    assert list_named("volume")
    stack.remove()
    left = {kind: list_named(kind) for kind in ("container", "network", "volume", "image")}
    assert left == {"container": [], "network": [], "volume": [], "image": []}

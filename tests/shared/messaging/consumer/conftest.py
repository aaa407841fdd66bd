"""Consumers whose clocks go fast: partitions change hands within a fraction of a second."""

import pytest

from shared.messaging.consumer import consumer


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members of a group hear of each other at once."""
    monkeypatch.setattr(consumer, "HEARTBEAT_SECONDS", 0.2)

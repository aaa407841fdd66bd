"""What follows for a request when an adviser is lost."""

import pytest

from services.matching.requests import rules


@pytest.mark.parametrize(
    ("state", "advised", "left", "following"),
    [
        ("proposed", False, 1, "proposed"),
        ("proposed", False, 0, "requested"),
        ("accepted", True, 0, "requested"),
        ("accepted", False, 0, "accepted"),
        ("agreed", True, 0, "ended"),
        ("agreed", False, 0, "agreed"),
        ("requested", False, 0, "requested"),
        ("ended", True, 0, "ended"),
    ],
)
def test_what_follows_when_an_adviser_is_lost(state: str, advised: bool, left: int, following: str) -> None:
    assert rules.state_without_adviser(state, advised=advised, proposals_left=left) == following

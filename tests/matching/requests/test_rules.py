"""What follows for a request when an adviser is lost, and until when whoever is next is expected to answer."""

from datetime import UTC, datetime

import pytest

from services.matching.requests import rules
from shared.contracts.matching import RequestState


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


def test_whoever_is_next_has_days_from_the_last_change_and_nobody_has_them_under_way() -> None:
    changed_at = datetime(2026, 11, 27, 12, tzinfo=UTC)

    found = {state: rules.find_deadline(state, changed_at) for state in RequestState}

    days = {state: deadline and (deadline - changed_at).days for state, deadline in found.items()}
    assert days == {"requested": 7, "proposed": 7, "accepted": 14, "agreed": None, "ended": None}

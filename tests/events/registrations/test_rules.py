"""Pure rules: who gets a seat."""

from dataclasses import replace
from datetime import UTC, datetime

from services.events.offers.rules import Availability, LifecycleState
from services.events.registrations import rules
from services.events.registrations.rules import Admission


def test_nobody_overtakes_those_who_wait() -> None:
    ends_at = datetime(2027, 1, 1, tzinfo=UTC)
    free = Availability(
        LifecycleState.PUBLISHED, ends_at, None, places=2, waiting_list=True, registered=1, waiting=0
    )

    assert rules.decide_admission(free) is Admission.REGISTERED
    assert rules.decide_admission(replace(free, waiting=1)) is Admission.WAITLISTED
    assert rules.decide_admission(replace(free, registered=2)) is Admission.WAITLISTED
    assert rules.decide_admission(replace(free, registered=2, waiting_list=False)) is Admission.REFUSED
    assert rules.decide_admission(replace(free, places=None, waiting=1)) is Admission.REGISTERED

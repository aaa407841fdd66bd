"""Pure rules: who gets a place."""

from dataclasses import replace
from datetime import UTC, datetime

from services.events.offers.rules import Standing, State
from services.events.registrations import rules
from services.events.registrations.rules import Admission


def test_nobody_overtakes_those_who_wait() -> None:
    ends_at = datetime(2027, 1, 1, tzinfo=UTC)
    free = Standing(State.PUBLISHED, ends_at, None, places=2, waiting_list=True, registered=1, waiting=0)

    assert rules.admission(free) is Admission.REGISTERED
    assert rules.admission(replace(free, waiting=1)) is Admission.WAITLISTED
    assert rules.admission(replace(free, registered=2)) is Admission.WAITLISTED
    assert rules.admission(replace(free, registered=2, waiting_list=False)) is Admission.REFUSED
    assert rules.admission(replace(free, places=None, waiting=1)) is Admission.REGISTERED

"""Pure rules: who gets a seat, who moves up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.events.offers.rules import Availability, LifecycleState
from services.events.registrations import rules
from services.events.registrations.rules import Admission

BEGINS = datetime(2027, 1, 1, 18, tzinfo=UTC)
BEFORE, AFTER = BEGINS - timedelta(seconds=1), BEGINS + timedelta(seconds=1)
FREE = Availability(
    state=LifecycleState.PUBLISHED,
    last_begins_at=BEGINS,
    ends_at=BEGINS + timedelta(hours=2),
    registration_closes=None,
    places=2,
    waiting_list=True,
    registered=1,
    waiting=0,
)


def test_nobody_overtakes_those_who_wait() -> None:
    assert rules.decide_admission(FREE, BEFORE) is Admission.REGISTERED
    assert rules.decide_admission(replace(FREE, waiting=1), BEFORE) is Admission.WAITLISTED
    assert rules.decide_admission(replace(FREE, registered=2), BEFORE) is Admission.WAITLISTED
    assert (
        rules.decide_admission(replace(FREE, registered=2, waiting_list=False), BEFORE) is Admission.REFUSED
    )
    assert rules.decide_admission(replace(FREE, places=None, waiting=1), BEFORE) is Admission.REGISTERED


def test_nobody_waits_in_vain() -> None:
    assert rules.decide_admission(FREE, AFTER) is Admission.REGISTERED
    assert rules.decide_admission(replace(FREE, registered=2), AFTER) is Admission.REFUSED
    assert rules.decide_admission(replace(FREE, waiting=1), AFTER) is Admission.REFUSED


@given(
    st.sampled_from(LifecycleState),
    st.integers(1, 9) | st.none(),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from([BEFORE, BEGINS, AFTER]),
)
def test_as_many_move_up_as_seats_are_free_until_the_last_occurrence_begins(
    state: LifecycleState, places: int | None, registered: int, waiting: int, now: datetime
) -> None:
    registered = registered if places is None else min(registered, places)
    offer = replace(FREE, state=state, places=places, registered=registered, waiting=waiting)

    moving = rules.count_moving_up(offer, now)
    if state is not LifecycleState.PUBLISHED or now >= BEGINS:
        assert moving == 0
    else:
        assert moving == (waiting if places is None else min(waiting, places - registered))

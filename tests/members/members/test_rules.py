"""Rules of members, whatever comes: two audiences know a member by two ids."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.members.members import rules


@given(st.uuids(), st.text(), st.text())
def test_two_audiences_know_a_member_by_different_ids(member: UUID, one: str, other: str) -> None:
    ids = [rules.audience_id(rules.audience_secret(b"s", each), member) for each in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)

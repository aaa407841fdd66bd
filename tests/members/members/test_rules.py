"""Rules of members, whatever comes: two audiences know a member by two ids, and an erased address by a secret."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.members.members import rules
from services.members.members.audience_ids import AudienceIds


@given(st.uuids(), st.text(), st.text())
def test_two_audiences_know_a_member_by_different_ids(member: UUID, one: str, other: str) -> None:
    ids = [rules.audience_id(rules.audience_secret(b"s", each), member) for each in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)


@given(st.binary(max_size=40), st.binary(max_size=40), st.text(), st.text())
def test_an_erased_address_is_known_by_the_secret_alone(
    secret: bytes, guessed: bytes, address: str, other: str
) -> None:
    kept = AudienceIds(secret).address_hash(address)
    assert (AudienceIds(secret).address_hash(other) == kept) == (address == other)
    assert AudienceIds(guessed + b"x").address_hash(address) != AudienceIds(guessed).address_hash(address)

"""Rules of members, whatever comes: one address has one key, and two audiences know a member by two ids."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.members import rules

ADDRESSES = st.emails()


@given(ADDRESSES)
def test_the_key_of_a_key_is_the_key_itself(address: str) -> None:
    try:
        key = rules.email_key(address)
    except ValueError:
        return
    assert rules.email_key(key) == key


@given(st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9})?@[a-z]{1,9}\.(org|net)", fullmatch=True), st.integers(1, 9))
def test_however_an_address_is_typed_its_key_is_the_same(address: str, number: int) -> None:
    local, domain = address.split("@")
    typed = (f" {address.upper()} ", f"{local}+list{number}@{domain.capitalize()}", address.title())
    assert {rules.email_key(way) for way in typed} == {address}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "@",
        "a@b",
        "a b@example.org",
        "a@@example.org",
        "a@b@example.org",
        "+x@example.org",
        "a@.org",
        "a@example..org",
        "a@-example.org",
        "a,b@example.org",
        "a@exa mple.org",
        "a@\uff0eexample.org",
        "a\0@b.cd",
        "\u202ea@example.org",
        "a\u200b@example.org",
        "a\u00ad@example.org",
    ],
)
def test_what_is_no_address_has_no_key(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        rules.email_key(wrong)


def test_the_domain_of_a_key_is_written_in_ascii() -> None:
    assert rules.email_key("Jörg@Bücher.example.org") == "jörg@xn--bcher-kva.example.org"


@given(st.uuids(), st.text(), st.text())
def test_two_audiences_know_a_member_by_different_ids(member: UUID, one: str, other: str) -> None:
    ids = [rules.audience_id(rules.audience_secret(b"s", each), member) for each in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)

"""Addresses, whatever comes: one mailbox has one key, and two mailboxes have two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import address_key, encode_domain

LETTERS = "abkzäöéñçжкяλωüõ가山あ"
LOCALS = st.text(LETTERS + "0189-_.", min_size=1, max_size=20)
DOMAINS = st.lists(st.text(LETTERS[:-3], min_size=1, max_size=9), min_size=2, max_size=3).map(".".join)
PLAIN = st.from_regex(
    r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.-]{1,30}@[A-Za-z]{1,9}(\.[A-Za-z0-9]{1,9}){1,2}", fullmatch=True
)


@given(st.emails() | st.builds("{}@{}".format, st.text(max_size=20), DOMAINS) | st.text(max_size=30))
def test_the_key_of_a_key_is_the_key_itself(address: str) -> None:
    try:
        key = address_key(address)
    except ValueError:
        return
    assert address_key(key) == key


@given(LOCALS, DOMAINS, st.integers(1, 9))
def test_however_an_address_is_typed_its_key_is_the_same(local: str, domain: str, number: int) -> None:
    typed = (
        f"{local}@{domain}",
        f" {local.upper()}@{domain.upper()} ",
        f"{local}+list{number}@{domain.title()}",
    )
    assert len({address_key(way) for way in typed}) == 1


@given(PLAIN)
def test_the_key_of_a_plain_address_is_the_address_in_lower_case(address: str) -> None:
    assert address_key(address) == address.lower()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("max@straße.de", "max@strasse.de"),
        ("weiß@example.org", "weiss@example.org"),
        ("a.b@example.org", "ab@example.org"),
        ("jörg@example.org", "jorg@example.org"),
        ("νίκος@example.org", "νίκοσ@example.org"),
    ],
)
def test_two_mailboxes_have_two_keys(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jo\u0308rg@bu\u0308cher.org", "jörg@bücher.org"),
        ("Jörg@Bücher.example.org", "jörg@xn--bcher-kva.example.org"),
        ("MAX@STRAẞE.DE", "max@straße.de"),
        ("ｋｉｍ@ｅｘａｍｐｌｅ．ｏｒｇ", "kim@example.org"),
        ("kim＋list@example.org", "kim@example.org"),
        ("\u212aim@example.org", "kim@example.org"),
        ("kim@example。org", "kim@example.org"),
    ],
)
def test_two_spellings_of_a_mailbox_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


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
        "a＠example.org",
        "a@exa mple.org",
        "a@\uff0eexample.org",
        "a@exam_ple.org",
        "a@ö_ä.org",
        "a@i❤.ws",
        "a\0@b.cd",
        "a\ud800@example.org",
        "\u202ea@example.org",
        "a\u200b@example.org",
        "a\u200d@example.org",
        "a\u00ad@example.org",
        "a\ufe0f@example.org",
        "a\u3164@example.org",
        "a@ex\u00adample.org",
        "a@ex\u200bämple.org",
        "a@\U000e0061example.org",
    ],
)
def test_what_is_no_address_or_has_invisible_characters_has_no_key(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        address_key(wrong)


def test_a_domain_goes_over_the_wire_in_ascii_as_it_is_registered() -> None:
    assert encode_domain("Straße.DE") == "xn--strae-oqa.de"
    assert encode_domain("Example.ORG") == "example.org"

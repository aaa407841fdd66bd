"""Addresses, whatever comes: one mailbox has one key, and two mailboxes have two."""

from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import address_key, encode_address, encode_domain

LETTERS = "abkzäöéñçжкяλωüõ가山あ"
LOCALS = st.text(LETTERS + "0189-_.", min_size=1, max_size=20)
DOMAINS = st.lists(st.text(LETTERS[:-3], min_size=1, max_size=9), min_size=2, max_size=3).map(".".join)
PLAIN = st.from_regex(
    r"[A-Za-z0-9!#$%&'*/?^_`{|}~.-]{1,30}@[A-Za-z]{1,9}(\.[A-Za-z0-9]{1,9}){1,2}", fullmatch=True
)
SIGNS = st.characters(codec="utf-8") | st.sampled_from(
    'aB0.+-ß\u0307İıſ\u212aﬁ＠．＂；\u200b\xad\u2800\u0301"\\()<>,;: @'
)
TYPED = st.builds("{}@{}".format, st.text(SIGNS, max_size=8), DOMAINS) | st.builds(
    "{}{}{}.org".format, st.text(SIGNS, max_size=4), st.sampled_from("@＠"), st.text(SIGNS, max_size=6)
)


@given(st.emails() | st.builds("{}@{}".format, st.text(max_size=20), DOMAINS) | st.text(max_size=30))
def test_the_key_of_a_key_is_the_key_itself(address: str) -> None:
    try:
        key = address_key(address)
    except ValueError:
        return
    assert address_key(key) == key


@given(TYPED)
def test_what_has_a_key_can_be_sent_to(address: str) -> None:
    try:
        key = address_key(address)
    except ValueError:
        return
    assert address_key(encode_address(address)) == key


@given(TYPED, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_addresses_that_look_the_same_are_the_same(
    address: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]
) -> None:
    try:
        key = address_key(address)
    except ValueError:
        return
    assert address_key(normalize(form, address)) == key
    assert address_key(f"\u200b{address}\xa0") == key


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
        ("ｋｉｍ＠example.org", "kim@example.org"),
        ("kim@example.org.", "kim@example.org"),
        ('"kim"@example.org', "kim@example.org"),
        ("ſam@example.org", "sam@example.org"),
        ("İ@example.org", "i\u0307@example.org"),
        ("ΝΙΚΟΣ@example.org", "νικοσ@example.org"),
        ("\u202akim@example.org\u202c\u200b", "kim@example.org"),
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
        "a@exa mple.org",
        "a@\uff0eexample.org",
        "a@exam_ple.org",
        "a@ö_ä.org",
        "a@i❤.ws",
        "a\0@b.cd",
        "a\ud800@example.org",
        "a\u202eb@example.org",
        "a\u200b@example.org",
        "a\u2800@example.org",
        "a＠b@example.org",
        "a＂b@example.org",
        "kim+a b@example.org",
        "kim+<b>@example.org",
        '"a b"@example.org',
        "kim(x)@example.org",
        "=?utf-8?q?kim?=@example.org",
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


@pytest.mark.parametrize("wrong", ["a\u200b@example.org", "a\u202eb@example.org", "a@ex\u00adample.org"])
def test_an_address_with_invisible_characters_goes_into_no_mail(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        encode_address(wrong)


def test_a_domain_goes_over_the_wire_in_ascii_as_it_is_registered() -> None:
    assert encode_domain("Straße.DE") == "xn--strae-oqa.de"
    assert encode_domain("Example.ORG") == "example.org"


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("Kim.Beispiel+daad@Example.org", "Kim.Beispiel+daad@example.org"),
        ("ｋｉｍ＠bücher.org", "kim@xn--bcher-kva.org"),
        ("jo\u0308rg@faß.de", "jörg@xn--fa-hia.de"),
        ("kim..b.@example.org", '"kim..b."@example.org'),
    ],
)
def test_an_address_goes_into_a_mail_as_its_server_has_it(address: str, sent: str) -> None:
    assert encode_address(address) == sent

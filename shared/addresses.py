"""E-mail addresses: what makes two of them one, and how they go over the wire."""

import re
from functools import lru_cache
from unicodedata import normalize

import idna

from shared.text import INVISIBLE, clean_ends

CACHED_DOMAINS = 10_000
MAILBOX_LETTERS = 64

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_WIDE_AT = "\uff20"
_QUOTED = re.compile(r'"([^"]*)"')
# Without the beginning of an encoded word (RFC 2047), which readers of a mail would decode.
_LOCAL = re.compile(r"(?!.*=\?)[^\s@\x00-\x20\x7f-\x9f\ud800-\udfff\"(),:;<>\[\\\]]+")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


def address_key(address: str) -> str:
    """One mailbox's address, however it is written: folded, without +alias, its domain in A-labels.

    Both parts are folded as UTS 46 folds domains: case, width and composition of letters make no difference, but ß
    and ss are two, as are ς and σ. Raises ValueError for what is no address, or has characters that nobody sees.
    """
    local, domain = _split_address(address)
    mailbox = _fold(local).partition("+")[0]
    if not 0 < len(mailbox) <= MAILBOX_LETTERS:
        raise _no_address()
    return f"{mailbox}@{encode_domain(domain)}"


def encode_address(address: str) -> str:
    """The address for a mail's header: its domain in A-labels, and before it what no dot-atom is as a quoted string.

    Letters of full width and other compatible ones are as they are typed elsewhere, since no server has others. Raises
    ValueError as `address_key` does.
    """
    local, domain = _split_address(address)
    return (
        f"{local}@{encode_domain(domain)}" if all(local.split(".")) else f'"{local}"@{encode_domain(domain)}'
    )


@lru_cache(maxsize=CACHED_DOMAINS)
def encode_domain(domain: str) -> str:
    """The domain in lower-case A-labels, by UTS 46 and IDNA 2008. Raises ValueError for what is none."""
    encoded = _fold(domain).removesuffix(".")
    if not encoded.isascii():
        try:
            encoded = idna.encode(encoded).decode()
        except idna.IDNAError:
            raise _no_address() from None
    if not _DOMAIN.fullmatch(encoded):
        raise _no_address()
    return encoded


def _split_address(address: str) -> tuple[str, str]:
    """What stands before and after the @, both as they are without quotation marks and compatible letters."""
    local, _, domain = clean_ends(address).replace(_WIDE_AT, "@").rpartition("@")
    quoted = _QUOTED.fullmatch(local)
    plain = quoted[1] if quoted else local
    if _INVISIBLE.search(plain) or not _LOCAL.fullmatch(mailbox := normalize("NFKC", plain)):
        raise _no_address()
    return mailbox, domain


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    if _INVISIBLE.search(text):
        raise _no_address()
    try:
        return idna.uts46_remap(text, std3_rules=False)
    except idna.IDNAError:
        raise _no_address() from None


def _no_address() -> ValueError:
    return ValueError("not an e-mail address")

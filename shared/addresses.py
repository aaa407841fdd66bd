"""E-mail addresses: what makes two of them one, and how their domains go over the wire."""

import re
from functools import lru_cache

import idna

CACHED_DOMAINS = 10_000

# Unicode's Default_Ignorable_Code_Point, and what ends a line: two addresses that look the same would be two.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LOCAL = re.compile(r"[^\s@\x00-\x20\x7f-\x9f\"(),:;<>\[\\\]]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


def address_key(address: str) -> str:
    """One mailbox's address, however it is written: folded, without +alias, its domain in A-labels.

    Both parts are folded as UTS 46 folds domains: case, width and composition of letters make no difference, but ß
    and ss are two. Raises ValueError for what is no address, or has characters that nobody sees.
    """
    local, _, domain = address.strip().rpartition("@")
    mailbox = _fold(local).partition("+")[0]
    if not _LOCAL.fullmatch(mailbox):
        raise _no_address()
    return f"{mailbox}@{encode_domain(domain)}"


@lru_cache(maxsize=CACHED_DOMAINS)
def encode_domain(domain: str) -> str:
    """The domain in lower-case A-labels, by UTS 46 and IDNA 2008. Raises ValueError for what is none."""
    encoded = _fold(domain)
    if not encoded.isascii():
        try:
            encoded = idna.encode(encoded).decode()
        except idna.IDNAError:
            raise _no_address() from None
    if not _DOMAIN.fullmatch(encoded):
        raise _no_address()
    return encoded


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

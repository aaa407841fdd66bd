"""Pure decisions about signing in: what belongs to one browser, and where it goes afterwards."""

import hmac
import re
from datetime import timedelta
from hashlib import sha256

LINK_LASTS = timedelta(minutes=15)
ERRAND_LASTS = timedelta(minutes=15)
KEPT = timedelta(hours=1)
LINKS_AN_HOUR = 5
MOST_TRIES = 5

_LONGEST_PATH = 1000
# A path of ours: no scheme, no host, and nothing that a browser would read as a slash or drop.
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_ABOUT_SIGNING_IN = ("/sign-in", "/sign-out", "/session", "/api/")


def choose_back(path: str) -> str:
    """Where to go after signing in: this path if it is one of our pages, else to one's own page."""
    fits = len(path) <= _LONGEST_PATH and _OWN_PATH.fullmatch(path)
    return path if fits and not path.startswith(_ABOUT_SIGNING_IN) else "/me"


def derive_secret(browser: str, purpose: str) -> bytes:
    """A secret that only this browser's cookie gives, one for each purpose."""
    return hmac.digest(browser.encode(), purpose.encode(), "sha256")


def derive_digits(browser: str) -> str:
    """Six digits that are shown in the browser which asked, and nowhere else."""
    return f"{int.from_bytes(derive_secret(browser, 'digits')[:8]) % 1_000_000:06}"


def hash_text(*parts: str) -> bytes:
    """What is kept of secrets: it takes all of them to make it again."""
    return sha256("\0".join(parts).encode()).digest()


def clean_digits(typed: str) -> str:
    """The digits in what somebody typed, who may have put a space or a dash between them."""
    return re.sub(r"[\s-]", "", typed)

"""How a name is reduced to a key, so that case, diacritics, punctuation and articles don't matter."""

import re
import unicodedata
from functools import lru_cache

from shared.folding import fold_text

ARTICLES = {"the", "die", "der", "das", "la", "le", "les", "l"}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
ABBREVIATIONS = {
    "st": "saint",
    "sankt": "saint",
    "und": "and",
    "u": "and",
    "et": "and",
    "и": "and",
    "rep": "republik",
}


@lru_cache(maxsize=8192)
def spelling_key(text: str) -> str:
    """The folded text without punctuation and a leading article; `&`, `und`, `et` are one word."""
    words: list[str] = re.findall(r"[^\W_]+", fold_text(text).replace("&", " and "))
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    if len(words) == 1:
        return words[0]
    return "".join(ABBREVIATIONS.get(word, word) for word in words)


def spelling_keys(text: str) -> set[str]:
    """The keys of a name: as it is, and with German umlauts written out (Oesterreich)."""
    return {
        spelling_key(text),
        spelling_key(unicodedata.normalize("NFC", text).casefold().translate(UMLAUTS)),
    }

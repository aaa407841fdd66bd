"""How a name is reduced to a key, so that case, diacritics, punctuation and articles don't matter."""

import re
import unicodedata
from functools import lru_cache

ARTICLES = {"the", "die", "der", "das", "la", "le", "les", "l"}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
WORDS = str.maketrans({"&": " and ", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
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
    """Lower case, without diacritics, punctuation, a leading article; `&`, `und`, `et` are one word."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(WORDS)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))
    words: list[str] = re.findall(r"[^\W_]+", plain)
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

"""Words: whether a list's bytes look like words of some language when they are read in an encoding."""

import re
from collections.abc import Iterable
from itertools import islice

# So many words are looked at that have other letters than English has. Shorter ones tell nothing: m², Nº, §.
MOST_WORDS = 2_000
LETTERS = 3
WORD_BYTES = 60

_BETWEEN_WORDS = bytes(n if n > 0x7F or chr(n).isalpha() else 0x20 for n in range(256))
_SIGNS = re.compile("[\\s\xad«»‹›„“”‚‘’–—…€®©™°·•]+")
_LATIN = "(?=.*[A-Za-z])[A-Za-z{}]+"
_WESTERN = _LATIN.format("ªºßà-öø-ÿœšžÀ-ÖØ-ÞŒŠŽ")
_CENTRAL = _LATIN.format("äöüßÄÖÜáâăąćčçďđéęëěíîĺľłńňóôőŕřśšşťţúůűýźżžÁÂĂĄĆČÇĎĐÉĘËĚÍÎĹĽŁŃŇÓÔŐŔŘŚŠŞŤŢÚŮŰÝŹŻŽ")
# Latin letters within a Hebrew or Arabic word are a German ß before another sign, in an encoding of Windows.
_UNMIXED = "[^\u0590-\u07ff]+|[^A-Za-z]+"
# The codecs that are told from each other, with what a word is in the languages that are written in them.
WORDS = {
    "utf-8": re.compile(_UNMIXED),
    "cp1252": re.compile(_WESTERN),
    "mac-roman": re.compile(_WESTERN),
    "cp850": re.compile(_WESTERN),
    "cp1250": re.compile(_CENTRAL),
    "cp1251": re.compile("[Ѐ-ҁҊ-ӿ]+"),
    "cp1253": re.compile("[Ά-ώ]+"),
}


def collect_words(pieces: Iterable[bytes]) -> list[bytes]:
    """The first words that have other letters than English has, each once."""
    found = (
        word[:WORD_BYTES]
        for piece in pieces
        for word in piece.translate(_BETWEEN_WORDS).split()
        if not word.isascii()
    )
    return list(dict.fromkeys(islice(found, MOST_WORDS)))


def share_of_words(found: Iterable[bytes], codec: str) -> float | None:
    """How many of them are words in this encoding, from 0 to 1; None where nothing tells."""
    if codec not in WORDS:
        return None
    parts = [
        part
        for word in found
        for part in _SIGNS.split(word.decode(codec, "replace"))
        if len(part) >= LETTERS and not part.isascii()
    ]
    looks = [bool(WORDS[codec].fullmatch(part)) and _is_cased(part) for part in parts]
    return sum(looks) / len(looks) if looks else None


def _is_cased(word: str) -> bool:
    """No capital that English hasn't stands behind a small letter, or between letters of which the next is small."""
    return not any(
        letter.isupper() and not letter.isascii() and (before.islower() or after.islower())
        for before, letter, after in zip(word, word[1:], f"{word[2:]} ", strict=False)
    )

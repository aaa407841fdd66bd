"""Words as people compare them: without case, diacritics and what nobody sees, of any script."""

import re
import unicodedata

# Letters that Unicode doesn't decompose, as people write them who don't have them on their keyboards.
_LETTERS = {
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ð": "d",
    "ŋ": "n",
    "ə": "a",
    "ı": "i",
    "ĸ": "q",
    "ȷ": "j",
    "ө": "о",
    "ү": "у",
    "ә": "а",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ٱ": "ا",
    "ة": "ه",
    **dict.fromkeys("‘’ʻʼ", "'"),
    **dict.fromkeys("‐–—−", "-"),
}
_TATWEEL = "\u0640"
_INVISIBLE = re.compile(
    "[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)  # marks of no combining class
_DERIVED = re.compile("((?:LATIN SMALL LETTER [A-Z])|(?:CYRILLIC SMALL LETTER [A-Z ]+?)) WITH .+")


def fold_text(text: str) -> str:
    """The text in lower case and without diacritics; a text and its folded form fold to the same.

    Letters with strokes or hooks, which Unicode doesn't take apart, become their base letters (ł, ø, қ), and those
    of a few languages what is written for them elsewhere: ß ss, æ ae, þ th, ı i. Signs that differ as letters stay
    apart.
    """
    return unicodedata.normalize("NFKD", text).translate(_FOLDED)


def sorting_key(name: str) -> tuple[str, str]:
    """Where a name stands in a list: as English and German dictionaries have it, ä with a and ß with ss."""
    return fold_text(name), name


class _FoldedSigns(dict[int, str]):
    """Each sign's folded form, found when it is asked for first."""

    def __missing__(self, code: int) -> str:
        self[code] = _fold_sign(chr(code))
        return self[code]


_FOLDED = _FoldedSigns()


def _fold_sign(sign: str) -> str:
    if unicodedata.combining(sign) or unicodedata.category(sign) == "Cf" or sign == _TATWEEL:
        return ""
    if _INVISIBLE.match(sign):
        return ""
    if sign.casefold() != sign:
        return fold_text(sign.casefold())
    if sign in _LETTERS:
        return _LETTERS[sign]
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    derived = _DERIVED.fullmatch(unicodedata.name(sign, ""))
    return fold_text(unicodedata.lookup(derived[1])) if derived else sign

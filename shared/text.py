"""Text as people see it: what nobody sees counts for nothing, and what would break or turn a line is no text."""

import re
import unicodedata

# White space, Unicode's Default_Ignorable_Code_Point, format characters, and signs that are drawn as nothing. Not the
# format characters that are drawn, as U+06DD; a test compares this with Unicode's own tables.
INVISIBLE = (
    "\t-\r \x85\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00016fe4\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Controls that are no white space, lone surrogates, and what Unicode keeps for ever from being a character.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000)
)
NO_TEXT = f"\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{_NONCHARACTERS}"
# What ends a line, or turns the reading direction of all that follows.
NO_PART_OF_A_LINE = f"\t-\r\x85\u2028-\u202e\u2066-\u2069{NO_TEXT}"

_SEEN = re.compile(f"[^{INVISIBLE}]")
_UNSEEN = re.compile(f"[{INVISIBLE}]")
# Comes along when text is pasted from other programs; NUL and lone surrogates can't be stored at all.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_PASTED = re.compile(f"[{NO_TEXT}]")
_NO_PART_OF_A_LINE = re.compile(f"[\ud800-\udfff{NO_PART_OF_A_LINE}]")
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CLOSED_BY = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys(
    "\u2066\u2067\u2068", "\u2069"
)
# What belongs to the sign before it: the region of a flag; the variant of an ideograph, a symbol or a number.
_REGION = re.compile("(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f")
_VARIANT = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_HAVE_VARIANTS = ("Lo", "Nd", "Po", "Sm", "So")
_JOINERS = ("\u200c", "\u200d")
_VIRAMA = 9


def clean_ends(text: str) -> str:
    """The text in NFC without what nobody sees at its ends; "" if nothing of it can be seen."""
    composed = unicodedata.normalize("NFC", text)
    first = _SEEN.search(composed)
    if first is None:
        return ""
    end = len(composed)
    while _UNSEEN.match(composed, end - 1):
        end -= 1
    return composed[first.start() : _find_end(composed, end)]


def clean_line(text: str) -> str:
    """`clean_ends` of what is one line.

    Raises ValueError for line breaks, controls, lone surrogates and turns of the reading direction inside.
    """
    cleaned = clean_ends(text)
    if _NO_PART_OF_A_LINE.search(cleaned):
        raise ValueError("one line of text is needed: without line breaks, controls and turns of direction")
    return cleaned


def clean_paragraph(text: str) -> str:
    """`clean_ends` of lines, which end in a line feed, without controls, which come along when text is pasted.

    The reading direction isn't turned beyond a line's end. Raises ValueError for NUL and lone surrogates.
    """
    if _UNSTORABLE.search(text):
        raise ValueError("text may not contain NUL or lone surrogates")
    lines = _BREAKS.sub("\n", _PASTED.sub("", text)).split("\n")
    return clean_ends("\n".join(_TURNS.sub("", line) if _leaves_turned(line) else line for line in lines))


def _find_end(text: str, end: int) -> int:
    """Where a text ends of which nothing is seen by itself from `end` on."""
    if end == len(text):
        return end
    last = text[end - 1]
    if unicodedata.combining(last) == _VIRAMA and text[end] in _JOINERS:
        return end + 1
    has_variants = unicodedata.category(last) in _HAVE_VARIANTS
    belonging = _REGION.match(text, end) or (_VARIANT.match(text, end) if has_variants else None)
    return belonging.end() if belonging else end


def _leaves_turned(line: str) -> bool:
    due: list[str] = []
    for turn in _TURNS.findall(line):
        if turn in _CLOSED_BY:
            due.append(_CLOSED_BY[turn])
        elif not due or due.pop() != turn:
            return True
    return bool(due)

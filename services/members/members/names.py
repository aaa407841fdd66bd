"""Names as they sound: what makes two spellings one name, in any script and order, split or joined. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nlargest
from unicodedata import bidirectional

from anyascii import anyascii

PARTS, LETTERS, RING_LETTERS = 8, 40, 120

# The ways in which Russian, German, English and Slavic spellings write one sound, the longer ones first.
_SOUNDS = (
    ("schtsch", "s"), ("shch", "s"), ("tsch", "c"), ("tch", "c"), ("sch", "s"), ("sh", "s"), ("zh", "s"),
    ("kh", "c"), ("ch", "c"), ("ts", "s"), ("tz", "s"), ("z", "s"), ("ck", "k"), ("ph", "f"), ("w", "v"),
    ("y", "i"), ("j", "i"), ("x", "ks"), ("q", "k"), ("oe", "o"), ("ae", "a"), ("ue", "u"),
)  # fmt: skip
_SOUND = re.compile("|".join(spelling for spelling, _ in _SOUNDS))
_BY_SPELLING = dict(_SOUNDS)
_APOSTROPHES = re.compile("['`]")
_TWICE = re.compile(r"(.)\1+")
# With the letters for which scripts without vowels have one sign.
_VOWELS = re.compile("[aeiouywv]")
_HARD = str.maketrans("cq", "kk")
_RIGHT_TO_LEFT = ("R", "AL")


@dataclass(frozen=True)
class SpelledName:
    """A name in Latin letters: its parts in their order, initials too.

    It is `vowelless` where it is written from right to left, as Arabic and Hebrew are, which leave vowels out.
    """

    parts: tuple[str, ...]
    vowelless: bool = False

    @cached_property
    def whole(self) -> "SpelledName":
        """The name without initials, unless there is nothing else."""
        parts = tuple(part for part in self.parts if len(part) > 1)
        return SpelledName(parts, self.vowelless) if parts else self

    @cached_property
    def sounds(self) -> tuple[str, ...]:
        """The parts as they sound, sorted: one person's in whatever script and order."""
        return tuple(sorted(map(sound_part, self.parts)))

    @cached_property
    def skeleton(self) -> str:
        """The consonants of the parts, sorted."""
        return " ".join(sorted(map(strip_vowels, self.parts)))

    @cached_property
    def ring(self) -> str:
        """The sound in one piece, closed to a ring and opened where it is the least: the same however the name is
        split, and whether the family name comes first or last."""
        return _open_ring(sound_part(_open_ring("".join(self.parts)[:RING_LETTERS])))


def _open_ring(letters: str) -> str:
    return min((letters[start:] + letters[:start] for start in range(len(letters))), default="")


def spell_name(name: str) -> SpelledName:
    """The PARTS longest parts of the name, of LETTERS each, so that no name takes long to compare."""
    found = re.findall("[a-z]+", _APOSTROPHES.sub("", anyascii(name)).lower())
    longest = sorted(nlargest(PARTS, range(len(found)), key=lambda n: len(found[n])))
    vowelless = not name.isascii() and any(bidirectional(sign) in _RIGHT_TO_LEFT for sign in name)
    return SpelledName(tuple(found[n][:LETTERS] for n in longest), vowelless)


@lru_cache(maxsize=4096)
def sound_part(part: str) -> str:
    """Letters as they sound."""
    return _TWICE.sub(r"\1", _SOUND.sub(lambda found: _BY_SPELLING[found[0]], part))


@lru_cache(maxsize=4096)
def strip_vowels(part: str) -> str:
    """Letters without those that scripts without vowels leave out, or write in one way only."""
    return _VOWELS.sub("", _TWICE.sub(r"\1", part)).translate(_HARD)

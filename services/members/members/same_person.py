"""Whether two names at one address are one person's, however offices write them. Pure."""

import re
from collections import Counter
from typing import NamedTuple
from unicodedata import normalize

from rapidfuzz.distance import Indel

from services.members.members.names import SpelledName, sound_part, spell_name, strip_vowels

# So long is what stands for a given name, and a part in which some vowels may differ.
SHORTENED, LONG = 3, 5
ALIKE = 0.7
_TITLES = frozenset(
    ["dr", "prof", "dipl", "ing", "mag", "phd", "msc", "mba", "herr", "frau", "mr", "mrs", "ms"]
)


class PersonName(NamedTuple):
    """A person's names; one of them may be empty."""

    given_name: str
    family_name: str


def is_same_person(one: PersonName, other: PersonName) -> bool:
    """Whether who has the address of `one` may be `other`.

    One person has the same name, split, joined, in another order or script; the same given name, as who marries keeps
    it; or a shorter name, all of which is in the longer one. A nickname that is no beginning of the given name can't be
    told from another person's name: couples and colleagues share addresses.
    """
    if _fold(one) == _fold(other):
        return True
    if _list_numbers(one) != _list_numbers(other):
        return False
    given = _spell(one.given_name), _spell(other.given_name)
    whole = _spell(" ".join(one)), _spell(" ".join(other))
    same = any(names[0].ring == names[1].ring != "" for names in (given, whole))
    return same or _is_contained(*given, full=True) or _is_contained(*whole)


def _fold(name: PersonName) -> str:
    return normalize("NFKC", "".join(sorted(name))).casefold()


def _list_numbers(name: PersonName) -> list[str]:
    return sorted(re.findall(r"\d+", " ".join(name)))


def _spell(name: str) -> SpelledName:
    spelled = spell_name(name)
    untitled = tuple(part for part in spelled.parts if part not in _TITLES)
    return SpelledName(untitled or spelled.parts, spelled.vowelless)


def _is_contained(one: SpelledName, other: SpelledName, *, full: bool = False) -> bool:
    """Whether all parts of one name are among the other's; with `full` not by initials alone."""
    # In an order of their own, so that it is the same whoever comes first.
    shorter, longer = sorted((one.parts, other.parts), key=lambda parts: (len(parts), parts))
    vowelless = one.vowelless != other.vowelless
    shared, left = Counter(shorter) & Counter(longer), Counter(longer) - Counter(shorter)
    found = [len(part) for part in shared]
    for part in (Counter(shorter) - shared).elements():
        same = next((each for each in left.elements() if _is_variant(part, each, vowelless)), None)
        if same is None:
            return False
        left[same] -= 1
        found.append(min(len(part), len(same)))
    return max(found, default=0) > (1 if full else 0)


def _is_variant(one: str, other: str, vowelless: bool) -> bool:
    """Whether two parts are one: as an initial, by their sound, shortened, in another transliteration, or mistyped."""
    if 1 in (len(one), len(other)):
        return one[0] == other[0]
    shorter, longer = sorted((_loosen(one), _loosen(other)), key=len)
    if shorter == longer or (vowelless and strip_vowels(one) == strip_vowels(other)):
        return True
    if longer.startswith(shorter):
        return len(shorter) >= SHORTENED and len(strip_vowels(longer[len(shorter) :])) > 1
    same_ends = (shorter[0], shorter[-1]) == (longer[0], longer[-1])
    same_letters = strip_vowels(shorter) == strip_vowels(longer) or sorted(shorter) == sorted(longer)
    alike = Indel.normalized_similarity(shorter, longer) >= ALIKE
    return len(shorter) >= LONG and same_ends and same_letters and alike


def _loosen(part: str) -> str:
    return sound_part(part).replace("th", "t").replace("c", "k").replace("ie", "e")

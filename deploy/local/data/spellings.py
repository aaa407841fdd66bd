"""How another office writes the same person: in other letters, swapped, by nickname, with a married name."""

import re
from random import Random

from deploy.local.data.names import Name, groups_by_country, in_german, load_name_parts, strip_diacritics

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def in_windows_1252(text: str) -> str:
    """What of `text` Windows-1252 can hold, other letters without their diacritics."""
    return "".join(sign if _fits_encoding(sign) else strip_diacritics(sign) for sign in text)


def _fits_encoding(sign: str) -> bool:
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def respell_name(random: Random, name: Name, cyrillic: bool = True) -> tuple[str, str, str]:
    """Given name, family name and what was done, as another office would have written the same person.

    Kinds: cyrillic, transliterated, swapped, nickname, married, initial.
    """
    ways = ["swapped", "initial"]
    if name.cyrillic:
        ways += ["transliterated"] * 4 + ["cyrillic"] * (2 if cyrillic else 0)
    elif _without_diacritics(name) != (name.given, name.family):
        ways += ["transliterated"] * 4
    if nickname_of(name.given):
        ways += ["nickname"] * 12
    if name.female:
        ways += ["married"]
    way = random.choice(ways)
    return *_apply_way(random, name, way), way


def _apply_way(random: Random, name: Name, way: str) -> tuple[str, str]:
    if way == "swapped":
        return name.family, name.given
    if way == "initial":
        return f"{name.given} {random.choice('ABEIKMNPST')}.", name.family
    if way == "nickname":
        return nickname_of(name.given), name.family
    if way == "married":
        return name.given, f"{name.family}-{random.choice(groups_by_country()['DE'].family)}"
    if name.cyrillic and way == "cyrillic":
        return name.cyrillic
    if name.cyrillic:
        return in_german(name.cyrillic[0]), in_german(name.cyrillic[1])
    return _without_diacritics(name)


def nickname_of(given: str) -> str:
    """What friends say for this given name; empty if we know none."""
    found: str = load_name_parts()["nicknames"].get(given, "")
    return found


def name_similarity(one: str, other: str) -> float:
    """The share of common trigrams of two names' words, 0 to 1, as pg_trgm counts them."""
    left, right = _split_trigrams(one), _split_trigrams(other)
    return len(left & right) / len(left | right)


def _split_trigrams(text: str) -> set[str]:
    words = [f"  {word} " for word in re.findall(r"\w+", strip_diacritics(text).lower())]
    return {word[start : start + 3] for word in words for start in range(len(word) - 2)}


def _without_diacritics(name: Name) -> tuple[str, str]:
    given, family = name.given, name.family
    if name.group in ("german", "turkish"):
        given, family = given.translate(UMLAUTS), family.translate(UMLAUTS)
    return strip_diacritics(given), strip_diacritics(family)

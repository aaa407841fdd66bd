"""Blocking keys: by what a member is found among all those who may be the same person. Pure."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from services.members.duplicates.similarity import Person

NAME_PARTS = 3
PART_LETTERS = 20
LETTERS = 40
NOWHERE = "??"
# Before the keys that have a whole name in one piece.
WHOLE_NAME = "="


class BlockingKey(NamedTuple):
    """Within a country members stand next to each other by `key`, and by `rest` among those of the same key."""

    country: str
    key: str
    rest: str


def blocking_keys(person: Person) -> set[BlockingKey]:
    """The keys of a person, in each of the person's countries; at most 30.

    Two spellings of a name agree in one part more often than at the same letter, so each part comes first once,
    before each other one; and typing errors are as frequent at the end of a part as at its beginning, so each comes
    last backwards as well. The whole in one piece finds who is split otherwise, the consonants who is written
    without vowels, and the mailbox whoever took it along to another provider.
    """
    name = person.name.whole
    keys = [(key, person.mailbox) for key in _name_keys(name.sounds)]
    keys += [
        (key, person.mailbox)
        for key in (f"{WHOLE_NAME}{person.name.ring[:LETTERS]}", f"~{name.skeleton[:LETTERS]}")
    ]
    if person.mailbox:
        keys.append((f"@{person.mailbox[:PART_LETTERS]}", " ".join(name.sounds)))
    countries = {person.origin, person.residence} - {None} or {NOWHERE}
    return {BlockingKey(country or NOWHERE, key, rest) for country in countries for key, rest in keys}


def _name_keys(sounds: Sequence[str]) -> Iterator[str]:
    parts = [part[:PART_LETTERS] for part in sorted(sounds, key=len, reverse=True)[:NAME_PARTS]]
    ways = permutations(parts, 2) if len(parts) > 1 else [("", part) for part in parts]
    for first, last in ways:
        yield f"{first} {last}"
        yield f"{first} {last[::-1]}"

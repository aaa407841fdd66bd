"""The synthetic population: persons with a name of their country and an address under the example domains."""

import re
from dataclasses import dataclass
from random import Random

from deploy.local.data.names import Name, draw_name, strip_diacritics

Key = tuple[str, str, str]

DOMAINS = ("example.org", "example.net", "example.com")
LANGUAGE_OF_GROUP = {
    "german": "de",
    "russian": "ru",
    "central-asian": "ru",
    "french": "fr",
    "francophone-african": "fr",
    "haitian": "fr",
    "spanish": "es",
    "arabic": "ar",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person; `email` is in its normalised form."""

    name: Name
    email: str
    origin: str
    residence: str

    @property
    def identity_key(self) -> "Key":
        """What no two persons of a population share."""
        return strip_diacritics(self.name.given), strip_diacritics(self.name.family), self.origin

    @property
    def likely_language(self) -> str:
        return LANGUAGE_OF_GROUP.get(self.name.group, "en")


class Population:
    """Makes persons so that no two share name and origin, nor an address."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._names: set[Key] = set()
        self._addresses: set[str] = set()

    def draw_person(self, origin: str, residence: str | None = None) -> Person:
        name = self._draw_unused_name(origin)
        return Person(name, self.make_address(name.given, name.family), origin, residence or origin)

    def make_address(self, given: str, family: str) -> str:
        """An unused address made of the name, in lower case and without an alias."""
        local = re.sub(r"[^a-z.-]", "", f"{strip_diacritics(given)}.{strip_diacritics(family)}".lower())
        domain = self.random.choice(DOMAINS)
        return self._reserve_address(local, domain)

    def make_other_address(self, person: Person) -> str:
        """Another unused address of the same person: initial and family name."""
        given, family = strip_diacritics(person.name.given), strip_diacritics(person.name.family)
        local = re.sub(r"[^a-z-]", "", f"{given[0]}{family}".lower())
        return self._reserve_address(local, self.random.choice(DOMAINS))

    def _draw_unused_name(self, origin: str) -> Name:
        while True:
            name = draw_name(self.random, origin)
            key = (strip_diacritics(name.given), strip_diacritics(name.family), origin)
            if key not in self._names:
                self._names.add(key)
                return name

    def _reserve_address(self, local: str, domain: str) -> str:
        address, number = f"{local}@{domain}", 2
        while address in self._addresses:
            address, number = f"{local}{number}@{domain}", number + 1
        self._addresses.add(address)
        return address


def respell_address(random: Random, address: str, alias: str) -> str:
    """The same address as people type it: other case, an alias, spaces around it, or unchanged."""
    local, domain = address.split("@")
    return random.choice(
        (
            address.upper(),
            ".".join(part.capitalize() for part in local.split(".")) + "@" + domain,
            f"{local}+{alias}@{domain}",
            f" {address} ",
            f"{local}+{alias}@{domain.capitalize()} ",
            address,
        )
    )

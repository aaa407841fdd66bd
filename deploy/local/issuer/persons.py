"""Whom the demo's issuer signs in: a person of each kind, and everybody else of the generated lists by the address."""

from typing import NamedTuple

DOMAINS = ("example.org", "example.net", "example.com")


class DemoPerson(NamedTuple):
    """A synthetic person, and what they are in the network."""

    name: str
    email: str
    about: str


OPERATOR = DemoPerson("Olivia Brandt", "operator@example.org", "operates the installation")
COORDINATOR = DemoPerson("Jonas Keller", "coordinator.giz@example.org", "coordinator of GIZ")
MISSION = DemoPerson("Miriam Vogt", "mission.moscow@example.org", "looks after the embassy in Moscow")
# Two entrepreneurs of the generated lists.
CONTACT_PERSON = DemoPerson(
    "Grigory Filippov", "grigory.filippov@example.com", "contact person of a desk, and a member"
)
MEMBER = DemoPerson("Jürgen Maier", "jurgen.maier@example.com", "member")
PERSONS = (MEMBER, CONTACT_PERSON, COORDINATOR, MISSION, OPERATOR)


def find_person(email: str) -> DemoPerson | None:
    """Who has this address; None for one outside of the domains that are made for examples (RFC 2606)."""
    address = email.strip().lower()
    local, _, domain = address.rpartition("@")
    if not local or domain not in DOMAINS:
        return None
    return next((each for each in PERSONS if each.email == address), DemoPerson(local, address, ""))

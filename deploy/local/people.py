"""Who can be played in the demo, and where each of them begins."""

from typing import NamedTuple

from deploy.local.issuer.persons import CONTACT_PERSON, COORDINATOR, MEMBER, OPERATOR

ISSUER_NAME = "Alumnibus demo"


class Role(NamedTuple):
    """One of the five whom the network serves: as whom one signs in, "" where nobody does, and the pages."""

    name: str
    person: str
    pages: tuple[str, ...]


ROLES = (
    Role("member", MEMBER.name, ("/me", "/", "/me/registrations", "/advice")),
    Role("coordinator", COORDINATOR.name, ("/organisations/giz", "/organisations/giz/deliveries")),
    Role("contact person", CONTACT_PERSON.name, ("/advice/desk",)),
    Role("operator", OPERATOR.name, ("/console", "/console/events", "/console/notifications/deliveries")),
    Role("partner", "", ("/partners",)),
)


def describe_people(door: str) -> list[tuple[str, str]]:
    """A line for each role: what it is called, and where it begins, with as whom one signs in there."""
    return [(f"the {role.name}'s pages", _describe(role, door)) for role in ROLES]


def _describe(role: Role, door: str) -> str:
    first, *further = role.pages
    more = f", {', '.join(further)}" if further else ""
    return f"{door}{first}{more}: {f'sign in as {role.person}' if role.person else 'nobody signs in'}"

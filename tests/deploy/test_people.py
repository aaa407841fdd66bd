"""The demo's last lines name pages for the five whom the network serves, and as whom one signs in there."""

import re

from deploy.local.issuer.persons import PERSONS
from deploy.local.people import ROLES, describe_people
from tests.access.test_routes import DOCUMENTED

DOOR = "http://127.0.0.1:8110"
AUDIENCES = {
    "member": {"member", "account", "anyone"},
    "contact person": {"contact-person"},
    "coordinator": {"coordinator"},
    "operator": {"operator"},
    "partner": {"anyone"},
}


def find_audiences(path: str) -> set[str]:
    """Whom the page at this address serves; pages alone answer HEAD."""
    pages = [each for each in DOCUMENTED if each.method == "HEAD"]
    patterns = [(re.sub(r"\{\w+\}", "[^/]+", each.path), each.audiences) for each in pages]
    return {name for pattern, names in patterns if re.fullmatch(pattern, path) for name in names}


def test_each_of_the_five_is_led_to_pages_of_theirs() -> None:
    assert {role.name for role in ROLES} == set(AUDIENCES)
    for role in ROLES:
        for path in role.pages:
            assert find_audiences(path) & AUDIENCES[role.name], (role.name, path)


def test_each_line_says_as_whom_one_signs_in_there() -> None:
    lines = dict(describe_people(DOOR))

    assert lines["the operator's pages"].startswith(f"{DOOR}/console, ")
    named = {person.name for person in PERSONS if any(person.name in line for line in lines.values())}
    assert named == {"Jürgen Maier", "Jonas Keller", "Grigory Filippov", "Olivia Brandt"}

"""Who may do what on the brokers, made from the topic catalogue: services, and partners' systems."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.contracts.catalogue import OUTBOUND, TOPICS, outbound

Operation = Literal["read", "write"]
Kind = Literal["topic", "group"]
SERVICES = tuple(sorted({topic.owner for topic in TOPICS}))


@dataclass(frozen=True, order=True)
class Grant:
    """A user may do this with a topic or a group, or `prefixed` with all whose names begin so.

    To read or to write is to describe, too: Kafka's authorizer says so.
    """

    user: str
    operation: Operation
    kind: Kind
    name: str
    prefixed: bool = False


def name_service_user(service: str, prefix: str = "") -> str:
    """The user of a service, in the network with this prefix."""
    return f"{prefix}{service}"


def list_service_grants(service: str, prefix: str = "") -> Iterator[Grant]:
    """A service writes the topics that it owns, and reads them after a restore; it reads those that it consumes."""
    user = name_service_user(service, prefix)
    yield Grant(user, "read", "group", f"{prefix}{service}")
    for topic in TOPICS:
        if topic.owner == service:
            yield Grant(user, "write", "topic", f"{prefix}{topic.name}")
        if service in (topic.owner, *topic.readers):
            yield Grant(user, "read", "topic", f"{prefix}{topic.name}")
    if outbound("any").owner == service:
        yield Grant(user, "write", "topic", f"{prefix}{OUTBOUND}", prefixed=True)


def list_partner_grants(user: str, organisation: str, prefix: str = "") -> Iterator[Grant]:
    """A partner reads public topics and the one of its organisation, in groups whose names begin with its own."""
    yield Grant(user, "read", "group", f"{prefix}{organisation}.", prefixed=True)
    for topic in (*TOPICS, outbound(organisation)):
        if topic.audience in ("public", "organisation"):
            yield Grant(user, "read", "topic", f"{prefix}{topic.name}")

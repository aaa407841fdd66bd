"""The demo's ports are the same from run to run, and one that is taken is named before anything starts."""

import socket

import pytest

from deploy.local.demo_ports import assign_ports, claim_ports
from deploy.local.failure import Failed
from deploy.local.home import CHECKOUT
from deploy.local.ports import KAFKA, KAFKA_FOR_PARTNERS, LOOPBACK, POSTGRES, free_port
from deploy.local.processes import DOOR, MAILBOX

README = " ".join((CHECKOUT / "README.md").read_text("utf-8").split())


@pytest.mark.parametrize(
    ("offset", "name"), [(3, "matching"), (7, "Kafka for partners"), (8, "Kafka"), (10, "PostgreSQL")]
)
def test_a_taken_port_is_named_with_the_remedy(offset: int, name: str) -> None:
    base = free_port()
    with socket.socket() as other:
        other.bind((LOOPBACK, base + offset))
        other.listen()
        with pytest.raises(Failed) as failed:
            claim_ports(base)

    assert failed.value.sentence == (
        f"Port {base + offset} ({name}) is taken by another program: end it, or move all ports with "
        f"`make demo PORT={base + 100}`."
    )


def test_the_readme_says_where_one_finds_what() -> None:
    ports = assign_ports(8100)

    assert f"one front door, http://127.0.0.1:{ports[DOOR]}" in README
    for name in (MAILBOX, KAFKA_FOR_PARTNERS, KAFKA, POSTGRES):
        assert f"{name} ({ports[name]})" in README
    assert f"({ports[DOOR]} to {max(ports.values())})" in (CHECKOUT / "Makefile").read_text("utf-8")

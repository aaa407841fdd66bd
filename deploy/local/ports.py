"""Ports on loopback: finding a free one, and saying clearly that one is taken."""

import random
import socket
from collections.abc import Callable

from deploy.local.failure import Failed

LOOPBACK = "127.0.0.1"
# What an embedded server listens for.
KAFKA = "Kafka"
KAFKA_FOR_PARTNERS = "Kafka for partners"
KAFKA_CONTROLLER = "Kafka's controller"
POSTGRES = "PostgreSQL"
# Gives the port for one of them.
PortFinder = Callable[[str], int]

# Below the range from which systems take the ports of outgoing connections: a client that keeps calling a
# killed server could otherwise be given that server's own port, and the restart would find it taken.
FREE_RANGE = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on now."""
    for port in random.sample(FREE_RANGE, 200):
        if is_free(port):
            return port
    raise Failed(
        f"No free port on {LOOPBACK} between {FREE_RANGE.start} and {FREE_RANGE.stop}: end programs."
    )


def find_free_port(_: str) -> int:
    """One that differs from run to run, as tests want it that run side by side."""
    return free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def is_accepting(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False

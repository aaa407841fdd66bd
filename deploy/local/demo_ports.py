"""The demo's ports: PORT and those beside it, the same from run to run, so that what people wrote down stays true."""

import os

from deploy.local.failure import Failed
from deploy.local.ports import KAFKA, KAFKA_CONTROLLER, KAFKA_FOR_PARTNERS, POSTGRES, is_free
from deploy.local.processes import DOOR, ISSUER, MAILBOX
from deploy.postgres.roles import SERVICES

SMTP = "mail server"
# Each at PORT and its place in here; the front door is PORT itself.
NAMES = (DOOR, *SERVICES, MAILBOX, SMTP, KAFKA_FOR_PARTNERS, KAFKA, KAFKA_CONTROLLER, POSTGRES, ISSUER)


def read_base_port() -> int:
    """What PORT says. `Failed` if it isn't a port that all others fit beside."""
    text = os.environ.get("PORT", "8100")
    if not text.isdecimal() or not 1024 <= int(text) <= 65_000:
        raise Failed(f"PORT is {text}: give a number between 1024 and 65000, as in `make demo PORT=8200`.")
    return int(text)


def assign_ports(base: int) -> dict[str, int]:
    """The port of each part and server, by its name."""
    return {name: base + offset for offset, name in enumerate(NAMES)}


def claim_ports(base: int) -> dict[str, int]:
    """The ports, all free now; `Failed` names the one that is taken and the remedy."""
    for name, port in assign_ports(base).items():
        if not is_free(port):
            raise Failed(
                f"Port {port} ({name}) is taken by another program: end it, or move all ports with "
                f"`make demo PORT={base + 100}`."
            )
    return assign_ports(base)

"""`python -m tests.operations.lease`: the toy service, whose leader loses its lock after a second of standing still."""

from shared.messaging.relay import relay
from shared.operations.command_line import command_line
from tests.shared.toy.app import DEFINITION, compose

if __name__ == "__main__":
    relay.LEASE_SECONDS = 1
    command_line(DEFINITION, compose)()

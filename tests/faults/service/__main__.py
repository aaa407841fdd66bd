"""`python -m tests.faults.service`: the commands of every service."""

from shared.operations.command_line import command_line
from tests.faults.service.app import DEFINITION, compose

if __name__ == "__main__":
    command_line(DEFINITION, compose)()

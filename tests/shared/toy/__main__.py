"""`python -m tests.shared.toy`: the commands of every service."""

from shared.operations.command_line import command_line
from tests.shared.toy.app import DEFINITION, compose

if __name__ == "__main__":
    command_line(DEFINITION, compose)()

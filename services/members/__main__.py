"""`python -m services.members`: serve, migrate, republish, rebuild, parked, position, operators."""

from services.members.app import DEFINITION, compose
from services.members.mandates import operators
from shared.operations.command_line import command_line

if __name__ == "__main__":
    command_line(DEFINITION, compose, {"operators": operators.app})()

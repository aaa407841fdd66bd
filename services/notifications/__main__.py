"""`python -m services.notifications`: serve, migrate, republish, rebuild, parked, position."""

from services.notifications.app import DEFINITION, compose
from shared.operations.command_line import command_line

if __name__ == "__main__":
    command_line(DEFINITION, compose)()

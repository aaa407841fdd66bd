"""`python -m services.notifications`: serve, migrate, republish, rebuild, parked, position, held."""

from services.notifications.app import DEFINITION, compose
from services.notifications.deliveries.commands import held
from shared.operations.command_line import command_line

if __name__ == "__main__":
    command_line(DEFINITION, compose, {"held": held})()

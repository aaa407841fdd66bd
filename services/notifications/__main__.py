"""`python -m services.notifications`: serve, migrate, republish, rebuild, parked, position, held."""

from services.notifications.app import compose
from services.notifications.deliveries.commands import held
from shared.operations.command_line import command_line

if __name__ == "__main__":
    command_line("notifications", compose, {"held": held})()

"""Registrations of members for offers: places, the waiting list, what goes out about them."""

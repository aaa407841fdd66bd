"""Registrations of members for offers: who gets a seat, the waiting list, what goes out about them."""

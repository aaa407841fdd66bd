"""Disclosure: members ask for all that is stored about them; it is gathered from all services, and kept for a week."""

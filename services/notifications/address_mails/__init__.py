"""Mails to addresses, by which people sign in: sent at once, and then forgotten."""

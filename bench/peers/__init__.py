"""Relays by others, which do the same work in the contest."""

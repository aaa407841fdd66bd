"""Erasure of a member: the order that goes to all services, and orders again after a restore."""

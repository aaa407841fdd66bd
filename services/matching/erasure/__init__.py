"""Erasure: a member's data leaves this service, by an order or a tombstone."""

"""Kafka as the network needs it."""

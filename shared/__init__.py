"""Mechanism that two services need."""

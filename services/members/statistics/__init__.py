"""Counts without persons."""

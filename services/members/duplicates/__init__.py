"""Pairs of members who may be one person."""

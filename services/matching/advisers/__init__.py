"""Advisers, and how many mentorships each takes on at a time."""

"""Proposals of advisers to requests, and the advisers' answers."""

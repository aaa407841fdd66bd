"""Mentorships, from the requester's agreement to their end."""

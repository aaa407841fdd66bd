"""Offers: drafts, publication, what is stored and shown of each, what goes out about it."""

"""Candidates for a request, ranked by how well they fit."""

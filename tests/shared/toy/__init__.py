"""A tiny service on the real mechanism, for the laws: an endpoint that counts, and a table of effects."""

"""A tiny service on the real mechanism, for the laws: a door that counts, and a table of effects."""

"""A small service on the real mechanism: a door that writes entries into accounts, and a table of their effects."""

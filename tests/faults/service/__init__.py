"""A small service on the real mechanism: an API that writes entries into accounts, and a table of their effects."""

"""The services; each owns its PostgreSQL schema and its topics."""

"""The database of the platform: its roles and schemas."""

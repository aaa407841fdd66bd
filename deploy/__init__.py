"""How Alumnibus is run on one machine without anything installed: topics, roles and the launcher."""

"""How Alumnibus is run: on one machine without anything installed, and in containers."""

"""How Alumnibus is deployed: its topics, roles and secrets, and the launcher for machines with nothing on them."""

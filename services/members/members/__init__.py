"""Members: how they join, their profiles, and the ids by which others know them."""

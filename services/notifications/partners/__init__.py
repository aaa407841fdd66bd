"""Partners: organisations with systems of their own, and what these may read."""

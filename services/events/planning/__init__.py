"""The page on which a coordinator plans an offer."""

"""Who comes to an offer, as its hosts see them on pages: by name."""

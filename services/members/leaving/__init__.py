"""Leaving the network: asked for on one's page, and confirmed by a link that goes by mail."""

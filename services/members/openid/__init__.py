"""Signing in with issuers of OpenID Connect."""

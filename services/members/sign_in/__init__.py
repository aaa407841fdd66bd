"""Signing in: by a link that goes to an address, or by an issuer of OpenID Connect."""

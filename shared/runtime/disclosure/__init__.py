"""Disclosure: a service tells a member all that it holds about them, in parts of bounded size."""

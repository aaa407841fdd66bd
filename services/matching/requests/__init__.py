"""Requests for an adviser on a region, the desks they lie at, and what is published of them."""

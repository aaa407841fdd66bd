"""Who reads a page, and in which language."""

from fastapi import Request

from shared.access.principal import Principal


def find_visitor(request: Request) -> Principal | None:
    """Who asks; None for who is not signed in."""
    visitor: Principal | None = getattr(request.state, "principal", None)
    return visitor

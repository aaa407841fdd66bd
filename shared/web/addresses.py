"""Where a service is reached, as its pages and feeds say it."""

from fastapi import Request


def service_url(request: Request) -> str:
    """The service's public address (`shared.runtime.http.public_address`), without a slash at the end."""
    return str(request.base_url).rstrip("/")


def subscription_url(request: Request) -> str:
    """The same for calendars: a webcal address is subscribed to, where http is downloaded once."""
    return service_url(request).replace(request.url.scheme, "webcal", 1)

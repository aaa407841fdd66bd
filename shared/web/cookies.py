"""The cookies that pages set: which language a reader chose, and what to say on the next page. Neither is personal."""

from starlette.datastructures import URL
from starlette.responses import Response

LANGUAGE = "language"
FLASH = "flash"
LANGUAGE_SECONDS = 365 * 24 * 3600
FLASH_SECONDS = 60


def set_cookie(response: Response, url: URL, name: str, value: str, seconds: int) -> None:
    """Set a cookie for all pages, which no script reads and no foreign page sends."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=url.scheme == "https", httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, url: URL, name: str) -> None:
    """Let the browser forget a cookie."""
    response.delete_cookie(name, path="/", secure=url.scheme == "https", httponly=True, samesite="lax")
